// Intervals and tests where the answer is known: by hand, by enumeration, by simulation, from scipy
// (tests/oracles/metrics.py).
#include "evaluate/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "data/random.h"

namespace pellucid {
namespace {

// Standard normal (Box & Muller 1958).
std::vector<double> normal(SplitMix64& random, std::size_t n) {
  const auto uniform = [&] { return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1.0p-53; };
  std::vector<double> values(n);
  for (double& value : values) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    value = radius * std::cos(2 * std::numbers::pi * uniform());
  }
  return values;
}

TEST(Bootstrap, CoversTheTrueMeanAboutNineteenTimesInTwenty) {
  SplitMix64 random(1);
  constexpr int kSamples = 400;
  int covered = 0;
  double width = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    std::vector<double> values = normal(random, 60);
    for (double& value : values) value += 5;
    const Interval interval = bootstrap_mean(values, static_cast<std::uint64_t>(sample));
    covered += interval.low <= 5 && 5 <= interval.high ? 1 : 0;
    width += (interval.high - interval.low) / kSamples;
  }
  // The percentile bootstrap covers a little less than 95 % at n = 60; its error here is 1.1 %.
  EXPECT_GT(covered, 0.91 * kSamples);
  EXPECT_LT(covered, 0.98 * kSamples);
  EXPECT_NEAR(width, 2 * 1.96 / std::sqrt(60.0), 0.02);
}

TEST(Bootstrap, EqualValuesGiveAPoint) {
  const std::vector<double> values(20, 0.75);
  const Interval interval = bootstrap_mean(values, 3);
  EXPECT_EQ(interval.low, 0.75);
  EXPECT_EQ(interval.high, 0.75);
  const Interval one = bootstrap_mean(std::vector<double>{-2.5}, 3);
  EXPECT_EQ(one.low, -2.5);
  EXPECT_EQ(one.high, -2.5);
  EXPECT_EQ(bootstrap_mean({}, 3).high, 0);
}

TEST(Bootstrap, QuantilesAreInterpolatedAsNumpysAre) {
  // The statistics of the resamples are 0, 1, …, 40: the 2.5 % quantile is 1, the 97.5 % one 39; of
  // 0 … 30 they lie between, at 0.75 and 29.25.
  for (const std::size_t resamples : {41, 31}) {
    double next = static_cast<double>(resamples);
    const Interval interval = bootstrap(4, [&](std::span<const std::size_t>) { return --next; }, 0, resamples);
    EXPECT_DOUBLE_EQ(interval.low, 0.025 * static_cast<double>(resamples - 1));
    EXPECT_DOUBLE_EQ(interval.high, 0.975 * static_cast<double>(resamples - 1));
  }
}

TEST(Bootstrap, DrawsEachTextEquallyOftenWithRepetition) {
  std::vector<int> times(7);
  int repeated = 0;
  const auto count = [&](std::span<const std::size_t> drawn) {
    EXPECT_EQ(drawn.size(), 7);
    std::vector<std::size_t> sorted(drawn.begin(), drawn.end());
    std::ranges::sort(sorted);
    repeated += std::ranges::adjacent_find(sorted) != sorted.end() ? 1 : 0;
    for (const std::size_t text : drawn) ++times.at(text);
    return 0.0;
  };
  bootstrap(7, count, 11, 10000);
  for (const int drawn : times) EXPECT_NEAR(drawn, 10000, 5 * std::sqrt(70000 * 6.0 / 49));  // five standard errors
  EXPECT_NEAR(repeated / 10000.0, 1 - 5040 / 823543.0, 0.005);                               // 1 − 7!/7⁷
}

TEST(Bootstrap, OfSeveralStatisticsIsThatOfEach) {
  SplitMix64 random(2);
  const std::vector<double> values = normal(random, 50);
  const auto mean_of = [&](std::span<const std::size_t> drawn) {
    double sum = 0;
    for (const std::size_t index : drawn) sum += values[index];
    return sum / static_cast<double>(drawn.size());
  };
  const auto first_of = [&](std::span<const std::size_t> drawn) { return values[drawn.front()]; };
  const auto each = bootstrap_each(
      values.size(), 2,
      [&](std::span<const std::size_t> drawn) { return std::vector<double>{mean_of(drawn), first_of(drawn)}; }, 7);
  ASSERT_EQ(each.size(), 2U);
  const Interval mean = bootstrap(values.size(), mean_of, 7);
  const Interval first = bootstrap(values.size(), first_of, 7);
  EXPECT_EQ(each[0].low, mean.low);
  EXPECT_EQ(each[0].high, mean.high);
  EXPECT_EQ(each[1].low, first.low);
  EXPECT_EQ(each[1].high, first.high);
  EXPECT_EQ(bootstrap_each(0, 2, [](auto) { return std::vector<double>(2); }, 7).size(), 2U);
}

TEST(Bootstrap, TheSeedDecides) {
  SplitMix64 random(5);
  const std::vector<double> values = normal(random, 30);
  const Interval first = bootstrap_mean(values, 1);
  EXPECT_EQ(bootstrap_mean(values, 1).low, first.low);
  EXPECT_EQ(bootstrap_mean(values, 1).high, first.high);
  EXPECT_NE(bootstrap_mean(values, 2).low, first.low);
}

RC_GTEST_PROP(Bootstrap, LiesWithinTheValuesAndMovesWithThem, (const std::vector<std::int16_t>& drawn, int seed)) {
  RC_PRE(!drawn.empty());
  const std::vector<double> values(drawn.begin(), drawn.end());
  const Interval interval = bootstrap_mean(values, static_cast<std::uint64_t>(seed), 100);
  RC_ASSERT(interval.low <= interval.high);
  RC_ASSERT(interval.low >= *std::ranges::min_element(values) - 1e-9);
  RC_ASSERT(interval.high <= *std::ranges::max_element(values) + 1e-9);
  std::vector<double> moved = values;
  for (double& value : moved) value = 2 * value + 3;
  const Interval other = bootstrap_mean(moved, static_cast<std::uint64_t>(seed), 100);
  RC_ASSERT(std::abs(other.low - (2 * interval.low + 3)) < 1e-6);
  RC_ASSERT(std::abs(other.high - (2 * interval.high + 3)) < 1e-6);
}

// The share of all 2ⁿ sign patterns whose sum is at least as far from 0.
double exact_sign_flip(std::span<const double> differences) {
  const double observed = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0));
  int extreme = 0;
  for (std::size_t pattern = 0; pattern < (std::size_t{1} << differences.size()); ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      sum += (pattern >> i & 1) != 0 ? differences[i] : -differences[i];
    }
    extreme += std::abs(sum) >= observed - 1e-9 ? 1 : 0;
  }
  return extreme / std::pow(2.0, static_cast<double>(differences.size()));
}

TEST(SignFlipTest, ApproachesTheExactEnumeration) {
  SplitMix64 random(9);
  for (const double shift : {0.0, 0.3, 0.8}) {
    for (const std::size_t n : {1, 2, 5, 8, 12}) {
      std::vector<double> differences = normal(random, n);
      for (double& difference : differences) difference += shift;
      const double exact = exact_sign_flip(differences);
      const double error = std::sqrt(exact * (1 - exact) / static_cast<double>(kSignFlips));
      EXPECT_NEAR(sign_flip_test(differences, 3), exact, 4.5 * error + 1.5e-4) << n << " differences";
    }
  }
  // By hand: 1, 2, 3 have sum 6, which only the two patterns of one sign reach.
  EXPECT_NEAR(sign_flip_test(std::vector<double>{1, 2, 3}, 3), 0.25, 0.02);
}

TEST(SignFlipTest, MoreThanSixtyFourDifferencesFlipOneByOne) {
  // Of 200 differences all but two are 0: those two agree in half of the patterns, wherever they stand.
  for (const auto& [i, j] : {std::pair(0, 1), {63, 64}, {0, 64}, {64, 129}, {1, 128}, {127, 199}}) {
    std::vector<double> differences(200, 0.0);
    differences[i] = 1;
    EXPECT_EQ(sign_flip_test(differences, 1), 1);
    differences[j] = 1;
    EXPECT_NEAR(sign_flip_test(differences, 1), 0.5, 0.02) << i << ", " << j;
  }
}

TEST(SignFlipTest, AStrongEffectHasTheSmallestP) {
  const std::vector<double> differences(40, 0.1);
  EXPECT_EQ(sign_flip_test(differences, 1), 1.0 / (kSignFlips + 1));
  EXPECT_EQ(sign_flip_test(std::vector<double>(40, 0.0), 1), 1);
  EXPECT_EQ(sign_flip_test({}, 1), 1);
}

TEST(SignFlipTest, NoEffectIsRoughlyUniform) {
  SplitMix64 random(17);
  constexpr int kTests = 400;
  std::vector<double> p_values;
  for (int test = 0; test < kTests; ++test) {
    p_values.push_back(sign_flip_test(normal(random, 25), static_cast<std::uint64_t>(test), 500));
  }
  std::ranges::sort(p_values);
  double distance = 0;  // Kolmogorov-Smirnov; 1.63 / √400 at 1 %
  for (int i = 0; i < kTests; ++i) distance = std::max(distance, std::abs(p_values[i] - (i + 0.5) / kTests));
  EXPECT_LT(distance, 1.63 / std::sqrt(kTests));
}

TEST(SignFlipTest, OnlySizesMatterAndTheSeedDecides) {
  SplitMix64 random(4);
  std::vector<double> differences = normal(random, 50);
  for (double& difference : differences) difference += 0.2;
  const double p = sign_flip_test(differences, 8);
  EXPECT_EQ(sign_flip_test(differences, 8), p);
  EXPECT_NE(sign_flip_test(differences, 9), p);
  std::vector<double> negated;
  std::vector<double> scaled;
  for (const double difference : differences) {
    negated.push_back(-difference);
    scaled.push_back(4 * difference);
  }
  EXPECT_EQ(sign_flip_test(negated, 8), p);
  EXPECT_EQ(sign_flip_test(scaled, 8), p);
}

TEST(McNemar, AgreesWithTheBinomialTest) {
  nlohmann::json tests;
  std::ifstream(std::string(PELLUCID_SOURCE_DIR) + "/tests/fixtures/metrics/mcnemar.json") >> tests;
  ASSERT_GT(tests.size(), 10);
  for (const auto& test : tests) {
    const auto first = test["only_first"].get<std::size_t>();
    const auto second = test["only_second"].get<std::size_t>();
    const double p = test["p"];
    EXPECT_NEAR(mcnemar_exact(first, second), p, 1e-10 * p) << first << ", " << second;
    EXPECT_EQ(mcnemar_exact(first, second), mcnemar_exact(second, first));
  }
}

TEST(Holm, ByHand) {
  // Sorted .005, .01, .03, .04: times 4, 3, 2, 1 is .02, .03, .06, .04, and never falls.
  const std::vector<double> adjusted = holm(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);
  EXPECT_EQ(holm(std::vector<double>{0.6, 0.7}), (std::vector<double>{1, 1}));
  EXPECT_EQ(holm(std::vector<double>{0.2}), std::vector<double>{0.2});
  EXPECT_TRUE(holm({}).empty());
}

RC_GTEST_PROP(Holm, KeepsTheOrderAndLiesBetweenRawAndBonferroni, ()) {
  const auto thousandths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001));
  std::vector<double> p_values;
  for (const int p : thousandths) p_values.push_back(p / 1000.0);
  const std::vector<double> adjusted = holm(p_values);
  RC_ASSERT(adjusted.size() == p_values.size());
  const auto tests = static_cast<double>(p_values.size());
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    RC_ASSERT(adjusted[i] >= p_values[i]);
    RC_ASSERT(adjusted[i] <= std::min(1.0, tests * p_values[i]) + 1e-12);
    for (std::size_t j = 0; j < p_values.size(); ++j) {
      if (p_values[i] <= p_values[j]) RC_ASSERT(adjusted[i] <= adjusted[j]);
    }
  }
}

TEST(BenjaminiHochberg, AgreesWithScipy) {
  nlohmann::json cases;
  std::ifstream(std::string(PELLUCID_SOURCE_DIR) + "/tests/fixtures/metrics/benjamini_hochberg.json") >> cases;
  ASSERT_EQ(cases.size(), 8);
  for (const auto& one : cases) {
    const std::vector<double> adjusted = benjamini_hochberg(one["p"].get<std::vector<double>>());
    ASSERT_EQ(adjusted.size(), one["adjusted"].size());
    for (std::size_t i = 0; i < adjusted.size(); ++i) EXPECT_NEAR(adjusted[i], one["adjusted"][i].get<double>(), 1e-12);
  }
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

TEST(Quantile, IsLinearBetweenNeighbours) {
  const std::vector<double> values = {0, 10, 20};
  EXPECT_EQ(quantile(values, 0), 0);
  EXPECT_EQ(quantile(values, 0.25), 5);
  EXPECT_EQ(quantile(values, 1), 20);
}

TEST(SignFlipAbove, IsOneSided) {
  // 1, 2, 3: of the eight patterns only the one without a minus reaches 6; of the opposite all do.
  EXPECT_NEAR(sign_flip_above(std::vector<double>{1, 2, 3}, 3), 0.125, 0.015);
  EXPECT_EQ(sign_flip_above(std::vector<double>{-1, -2, -3}, 3), 1);
  EXPECT_EQ(sign_flip_above(std::vector<double>(40, 0.1), 1), 1.0 / (kSignFlips + 1));
  EXPECT_EQ(sign_flip_above(std::vector<double>(40, 0.0), 1), 1);
  EXPECT_EQ(sign_flip_above(std::vector<double>{1, std::nan("")}, 1), 1) << "nothing is above what is no number";
}

// A word that decides one text in ten, tested against a least effect of a tenth: the null hypothesis, just.
TEST(SignFlipAbove, KeepsItsLevelWhereDifferencesAreSkewed) {
  SplitMix64 random(23);
  constexpr int kTests = 400;
  int rejected = 0;
  for (int test = 0; test < kTests; ++test) {
    std::vector<double> differences;
    for (int i = 0; i < 50; ++i) differences.push_back(random.below(10) == 0 ? 0.9 : -0.1);
    rejected += sign_flip_above(differences, static_cast<std::uint64_t>(test), 400) <= 0.05 ? 1 : 0;
  }
  EXPECT_LE(rejected, 0.05 * kTests);
}

}  // namespace
}  // namespace pellucid
