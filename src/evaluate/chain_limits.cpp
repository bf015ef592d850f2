#include "evaluate/chain_limits.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>

namespace pellucid {
namespace {

// Subsets of one size, and for each the largest (or smallest) sum of a chain from the full set down to it.
using Beam = std::map<std::vector<bool>, double>;

// Everything one unit smaller; of chains that meet in a subset the better one.
Beam shrunk(const Beam& beam, double sign) {
  Beam smaller;
  for (const auto& [subset, sum] : beam) {
    std::vector<bool> candidate = subset;
    for (std::size_t u = 0; u < subset.size(); ++u) {
      if (!subset[u]) continue;
      candidate[u] = false;
      const auto [known, is_new] = smaller.try_emplace(candidate, sum);
      if (!is_new && sign * sum > sign * known->second) known->second = sum;
      candidate[u] = true;
    }
  }
  return smaller;
}

Beam best_of(const Beam& beam, std::size_t width, double sign) {
  std::vector<std::pair<std::vector<bool>, double>> sorted(beam.begin(), beam.end());
  std::ranges::stable_sort(sorted, [&](const auto& a, const auto& b) { return sign * a.second > sign * b.second; });
  sorted.resize(std::min(width, sorted.size()));
  return {sorted.begin(), sorted.end()};
}

}  // namespace

ChainLimits exact_chain_limits(std::span<const double> g) {
  std::vector<ChainLimits> of(g.size());
  of[0] = {g[0], g[0]};
  for (std::size_t subset = 1; subset < g.size(); ++subset) {
    ChainLimits below{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (std::size_t left = subset; left != 0; left &= left - 1) {
      const ChainLimits& smaller = of[subset ^ (std::size_t{1} << std::countr_zero(left))];
      below.low = std::min(below.low, smaller.low);
      below.high = std::max(below.high, smaller.high);
    }
    const double own = subset + 1 == g.size() ? 0 : g[subset];  // the full set is left out
    of[subset] = {below.low + own, below.high + own};
  }
  return of.back();
}

ChainLimits beam_chain_limits(std::size_t n, std::size_t width, const SubsetValues& g) {
  Beam highest{{std::vector<bool>(n, true), 0}};
  Beam lowest = highest;
  for (std::size_t size = n; size > 0; --size) {
    highest = shrunk(highest, 1);
    lowest = shrunk(lowest, -1);
    std::vector<std::vector<bool>> subsets;
    for (const Beam* beam : {&highest, &lowest}) {
      for (const auto& [subset, sum] : *beam) subsets.push_back(subset);
    }
    const std::vector<double> values = g(subsets);
    std::size_t at = 0;
    for (Beam* beam : {&highest, &lowest}) {
      for (auto& [subset, sum] : *beam) sum += values[at++];
    }
    highest = best_of(highest, width, 1);
    lowest = best_of(lowest, width, -1);
  }
  return {lowest.begin()->second, highest.begin()->second};
}

}  // namespace pellucid
