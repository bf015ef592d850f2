// Kruskal-Wallis against scipy (tests/oracles/rank_tests.py), within strata by construction.
#include "evaluate/kruskal_wallis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/random.h"

namespace pellucid {
namespace {

TEST(KruskalWallis, AgreesWithScipy) {
  nlohmann::json cases;
  std::ifstream(std::string(PELLUCID_SOURCE_DIR) + "/tests/fixtures/metrics/kruskal_wallis.json") >> cases;
  ASSERT_GT(cases.size(), 20U);
  for (const auto& one : cases) {
    const auto values = one["values"].get<std::vector<double>>();
    const auto groups = one["groups"].get<std::vector<std::int32_t>>();
    const KruskalWallis found = kruskal_wallis(values, groups, 1, 2000);
    const double h = one["h"];
    const double p = one["p"];
    EXPECT_NEAR(found.h, h, 1e-9 * h);
    EXPECT_NEAR(found.effect, h / static_cast<double>(values.size() - 1), 1e-9);
    // Permutations against the chi-squared approximation: its own error beside the sampling's.
    EXPECT_NEAR(found.p_value, p, 0.02 + 4 * std::sqrt(p * (1 - p) / 2000)) << h;
  }
}

TEST(KruskalWallis, NothingDiffersWhereAllIsEqualOrAlone) {
  EXPECT_EQ(kruskal_wallis({}, {}, 1).p_value, 1);
  const std::vector<double> equal(10, 2.0);
  const std::vector<std::int32_t> groups = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
  EXPECT_EQ(kruskal_wallis(equal, groups, 1).h, 0);
  EXPECT_EQ(kruskal_wallis(equal, groups, 1).p_value, 1);
}

TEST(KruskalWallis, ByHand) {
  // Ranks 1, 2, 3 against 4, 5, 6: H = 12 / (6·7) · (6²/3 + 15²/3) − 3·7 = 27/7; 2 of 20 arrangements are as extreme.
  const KruskalWallis found =
      kruskal_wallis(std::vector<double>{1, 2, 3, 4, 5, 6}, std::vector<std::int32_t>{0, 0, 0, 1, 1, 1}, 5);
  EXPECT_NEAR(found.h, 27.0 / 7, 1e-12);
  EXPECT_NEAR(found.p_value, 0.1, 0.015);
}

// What follows length alone differs between groups of unlike lengths, and does not among texts of like length.
TEST(KruskalWallis, StrataTakeAwayWhatTheyExplain) {
  SplitMix64 random(3);
  std::vector<double> lengths;
  std::vector<double> values;
  std::vector<std::int32_t> groups;
  for (int i = 0; i < 400; ++i) {
    groups.push_back(i % 2);
    lengths.push_back(static_cast<double>(random.below(60) + (i % 2 == 0 ? 0 : 20)));
    values.push_back(lengths.back() + static_cast<double>(random.below(1000)) / 1000);
  }
  EXPECT_LT(kruskal_wallis(values, groups, 1, 1000).p_value, 0.01);
  const std::vector<std::size_t> fine = strata_of(lengths, 40);
  EXPECT_GT(kruskal_wallis_within(values, groups, fine, 1, 1000).p_value, 0.01);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += groups[i] * 10;
  EXPECT_LT(kruskal_wallis_within(values, groups, fine, 1, 1000).p_value, 0.01);
}

TEST(KruskalWallis, StrataAreOfLikeSizeAndKeepEqualValuesTogether) {
  EXPECT_EQ(strata_of(std::vector<double>{5, 1, 4, 2, 3, 6}, 3), (std::vector<std::size_t>{0, 2, 1, 2, 1, 0}));
  EXPECT_EQ(strata_of(std::vector<double>{7, 7, 7}, 3), (std::vector<std::size_t>{1, 1, 1}));
}

}  // namespace
}  // namespace pellucid
