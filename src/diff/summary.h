// How values are distributed over texts: their mean with its interval, and quantiles.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "evaluate/statistics.h"

namespace pellucid {

inline constexpr std::array<double, 5> kSummaryQuantiles = {0.05, 0.25, 0.5, 0.75, 0.95};

struct Summary {
  std::size_t n = 0;
  double mean = 0;
  Interval interval = {};  // of the mean: 95 %, bootstrap over texts
  std::array<double, kSummaryQuantiles.size()> quantiles = {};
};

Summary summary_of(std::vector<double> values, std::uint64_t seed);  // of none: zeros

}  // namespace pellucid
