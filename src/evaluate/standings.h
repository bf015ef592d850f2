// Methods in the order of what a measure found for each: means over the same texts with intervals, and paired tests
// against the best. measures.md section 4.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evaluate/statistics.h"

namespace pellucid {

enum class Better { higher, lower };

struct Standing {
  std::size_t method = 0;  // its place among the values
  double value = 0;        // mean over texts
  Interval interval;       // 95 %, bootstrap over texts
  double p_value = 1;      // paired against the best, Holm-corrected; 1 for the best itself
};

// The best first, of equals the earlier. `values` [m][n], the same texts for each method.
std::vector<Standing> standings(std::span<const std::vector<double>> values, Better better, std::uint64_t seed);

}  // namespace pellucid
