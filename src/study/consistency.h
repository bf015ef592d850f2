// How alike two explanations of the same texts are, and two models' on average: docs/measures.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "compare/figure.h"
#include "study/measurement.h"

namespace pellucid::study {

inline constexpr std::size_t kTopUnits = 5;

struct Agreement {
  double rank_correlation = 0;  // Spearman's
  double overlap = 0;           // of the kTopUnits strongest
};

// Over the units that both have, of the same bytes. Nothing where the labels differ, or where these are fewer than two.
std::optional<Agreement> agreement(const MeasuredText& one, const MeasuredText& other);

struct Consistency {
  std::size_t n = 0;  // pairs of explanations, of all pairs of measurements together
  compare::Figure rank_correlation, overlap;
};

using Pair = std::pair<const Measurement*, const Measurement*>;

// A seed's value is a pair's. Nothing where no text can be compared.
std::optional<Consistency> consistency(std::span<const Pair> pairs, std::uint64_t seed);

}  // namespace pellucid::study
