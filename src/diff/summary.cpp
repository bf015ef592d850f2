#include "diff/summary.h"

#include <algorithm>

namespace pellucid {

Summary summary_of(std::vector<double> values, std::uint64_t seed) {
  Summary summary{.n = values.size(), .mean = mean(values), .interval = bootstrap_mean(values, seed)};
  if (values.empty()) return summary;
  std::ranges::sort(values);
  for (std::size_t q = 0; q < kSummaryQuantiles.size(); ++q) {
    summary.quantiles[q] = quantile(values, kSummaryQuantiles[q]);
  }
  return summary;
}

}  // namespace pellucid
