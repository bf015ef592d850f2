// How alike two explanations of the same texts are, and two models' on average: docs/measures.md.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "study/measurement.h"

namespace pellucid::study {

inline constexpr std::size_t kTopUnits = 5;

struct Agreement {
  double rank_correlation = 0;  // Spearman's
  double overlap = 0;           // of the kTopUnits strongest
};

// Over the units that both have, of the same bytes. Nothing where the labels differ, or where these are fewer than two.
std::optional<Agreement> agreement(const MeasuredText& one, const MeasuredText& other);

using Pair = std::pair<const Measurement*, const Measurement*>;

// Of pairs of measurements of the same N test texts, where both explain a text for the same label.
struct Agreements {
  std::size_t n = 0;                                                            // of all pairs together
  std::vector<std::vector<std::optional<double>>> rank_correlations, overlaps;  // [pairs][N]
};
Agreements agreements(std::span<const Pair> pairs, std::size_t texts);

}  // namespace pellucid::study
