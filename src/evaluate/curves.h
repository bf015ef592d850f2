// Deletion and insertion curves (Petsiuk et al. 2018): f_c against the share of units removed, or of units put
// back into the empty text, the most important first.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "evaluate/predictions.h"
#include "evaluate/ranking.h"
#include "evaluate/statistics.h"

namespace pellucid {

inline constexpr std::size_t kCurvePoints = 11;  // 0, 10 … 100 % of the units, ceil(share · n) of them

struct TextCurves {
  std::array<double, kCurvePoints> deletion{}, insertion{};  // f_c
};
std::vector<TextCurves> text_curves(Predictions& predictions, std::span<const Ranking> rankings);

// Mean over texts with its 95 % interval, point by point.
struct CurvePoint {
  double share = 0;  // of the units removed (deletion) or put back (insertion)
  double value = 0;
  Interval interval;
};
struct Curves {
  std::string method;
  std::vector<CurvePoint> deletion, insertion;
};
Curves mean_curves(std::string method, std::span<const TextCurves> texts, std::uint64_t seed);

}  // namespace pellucid
