// Limits over all orders of a text's units against every order tried.
#include "evaluate/chain_limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "data/random.h"

namespace pellucid {
namespace {

std::vector<double> random_values(std::size_t n, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<double> g(std::size_t{1} << n);
  for (double& value : g) value = static_cast<double>(random.below(1000)) / 1000;
  return g;
}

// Σ g over the proper subsets that an order passes, for all n! orders.
ChainLimits slowly(const std::vector<double>& g, std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  ChainLimits limits{1e9, -1e9};
  do {
    double sum = 0;
    std::size_t subset = 0;
    for (const std::size_t u : order) {
      sum += g[subset];
      subset |= std::size_t{1} << u;
    }
    limits = {std::min(limits.low, sum), std::max(limits.high, sum)};
  } while (std::ranges::next_permutation(order).found);
  return limits;
}

SubsetValues looked_up(const std::vector<double>& g) {
  return [&g](const std::vector<std::vector<bool>>& subsets) {
    std::vector<double> values;
    for (const std::vector<bool>& subset : subsets) {
      std::size_t index = 0;
      for (std::size_t u = 0; u < subset.size(); ++u) index |= static_cast<std::size_t>(subset[u]) << u;
      values.push_back(g[index]);
    }
    return values;
  };
}

TEST(ChainLimits, ExactOnesAreThoseOfEveryOrderTried) {
  for (std::size_t n = 1; n <= 7; ++n) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const std::vector<double> g = random_values(n, seed);
      const ChainLimits expected = slowly(g, n);
      const ChainLimits found = exact_chain_limits(g);
      EXPECT_NEAR(found.low, expected.low, 1e-12);
      EXPECT_NEAR(found.high, expected.high, 1e-12);
    }
  }
}

TEST(ChainLimits, ABeamAsWideAsTheLatticeIsExactAndANarrowOneStaysWithin) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<double> g = random_values(6, seed);
    const ChainLimits exact = exact_chain_limits(g);
    const ChainLimits wide = beam_chain_limits(6, 20, looked_up(g));  // C(6, 3) = 20
    EXPECT_NEAR(wide.low, exact.low, 1e-12);
    EXPECT_NEAR(wide.high, exact.high, 1e-12);
    for (const std::size_t width : {1, 2, 5}) {
      const ChainLimits narrow = beam_chain_limits(6, width, looked_up(g));
      EXPECT_GE(narrow.low, exact.low - 1e-12);
      EXPECT_LE(narrow.high, exact.high + 1e-12);
      EXPECT_LE(narrow.low, narrow.high);
    }
  }
}

TEST(ChainLimits, OfAnAdditiveValueTheGreedyBeamFindsTheOptimum) {
  constexpr std::size_t kUnits = 10;
  const std::vector<double> owed = {3, -1, 4, 1, -5, 9, 2, 6, -5.5, 3.5};
  std::vector<double> g(std::size_t{1} << kUnits);
  for (std::size_t s = 0; s < g.size(); ++s) {
    for (std::size_t u = 0; u < kUnits; ++u) g[s] += (s >> u & 1) != 0 ? owed[u] : 0;
  }
  const ChainLimits exact = exact_chain_limits(g);
  const ChainLimits found = beam_chain_limits(kUnits, 1, looked_up(g));
  EXPECT_NEAR(found.low, exact.low, 1e-12);
  EXPECT_NEAR(found.high, exact.high, 1e-12);
}

}  // namespace
}  // namespace pellucid
