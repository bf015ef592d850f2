// Rank correlations against scipy's (tests/oracles/correlations.py) and by their properties.
#include "evaluate/correlation.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "tiny_model.h"

namespace pellucid {
namespace {

TEST(Correlation, IsScipys) {
  std::ifstream file(kFixtures / "metrics" / "correlations.json");
  const nlohmann::json cases = nlohmann::json::parse(file);
  ASSERT_GT(cases.size(), 20U);
  for (const auto& one : cases) {
    const std::vector<double> a = one["a"];
    const std::vector<double> b = one["b"];
    EXPECT_NEAR(kendall_tau(a, b), one["kendall"].get<double>(), 1e-12);
    EXPECT_NEAR(spearman(a, b), one["spearman"].get<double>(), 1e-12);
  }
}

TEST(Correlation, WithoutAnOrderIsNoneUnlessNeitherHasOne) {
  const std::vector<double> flat(4, 0.5);
  const std::vector<double> rising = {1, 2, 3, 4};
  for (const auto correlation : {kendall_tau, spearman}) {
    EXPECT_EQ(correlation(flat, rising), 0);
    EXPECT_EQ(correlation(rising, flat), 0);
    EXPECT_EQ(correlation(flat, flat), 1);
    EXPECT_EQ(correlation({}, {}), 1);
    EXPECT_EQ(correlation(std::vector<double>{1.0}, std::vector<double>{2.0}), 1);
  }
}

// A bug elsewhere is not to end in a loop without end here.
TEST(MeanRanks, OfNaNAreOnePlaceEach) {
  const std::vector<double> ranks = mean_ranks(std::vector<double>{std::nan(""), std::nan("")});
  EXPECT_EQ(ranks[0] + ranks[1], 3);
}

RC_GTEST_PROP(Correlation, IsOneWithItselfAndBlindToMonotoneMaps, ()) {
  const auto small = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-9, 9));
  const std::vector<double> a(small.begin(), small.end());
  std::vector<double> b(a);
  for (double& value : b) value = std::exp(value / 3) + 1;
  const bool ordered = std::ranges::any_of(a, [&](double value) { return value != a.front(); });
  for (const auto correlation : {kendall_tau, spearman}) {
    RC_ASSERT(std::abs(correlation(a, b) - 1) < 1e-12);
    for (double& value : b) value = -value;
    RC_ASSERT(std::abs(correlation(a, b) - (ordered ? -1 : 1)) < 1e-12);
    for (double& value : b) value = -value;
  }
}

TEST(TopOverlap, CountsWhatBothHaveOnTop) {
  const std::vector<double> a = {9, 8, 7, 1, 0};
  const std::vector<double> b = {9, 0, 8, 7, 0};
  EXPECT_EQ(top_overlap(a, b, 1), 1);
  EXPECT_EQ(top_overlap(a, b, 2), 0.5);
  EXPECT_NEAR(top_overlap(a, b, 3), 2.0 / 3, 1e-15);
  EXPECT_EQ(top_overlap(a, b, 50), 1);
  EXPECT_EQ(top_overlap({}, {}, 3), 1);
}

}  // namespace
}  // namespace pellucid
