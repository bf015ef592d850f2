// The order of methods and their tests against the best, by the statistics that statistics_test.cpp checks.
#include "evaluate/standings.h"

#include <gtest/gtest.h>

namespace pellucid {
namespace {

const std::vector<std::vector<double>> kValues = {{1, 2, 3, 2}, {5, 6, 4, 5}, {5, 4, 6, 5}, {0, 1, -1, 4}};

std::vector<std::size_t> order(Better better) {
  std::vector<std::size_t> methods;
  for (const Standing& one : standings(kValues, better, 7)) methods.push_back(one.method);
  return methods;
}

TEST(Standings, TheBestFirstOfEqualsTheEarlier) {
  EXPECT_EQ(order(Better::higher), (std::vector<std::size_t>{1, 2, 0, 3}));
  EXPECT_EQ(order(Better::lower), (std::vector<std::size_t>{3, 0, 1, 2}));
}

TEST(Standings, EachIsTestedAgainstTheBestAndCorrected) {
  for (const Better better : {Better::higher, Better::lower}) {
    const std::vector<Standing> found = standings(kValues, better, 7);
    std::vector<double> raw;
    for (const Standing& one : found) {
      EXPECT_EQ(one.value, mean(kValues[one.method]));
      const Interval interval = bootstrap_mean(kValues[one.method], 7);
      EXPECT_EQ(one.interval.low, interval.low);
      EXPECT_EQ(one.interval.high, interval.high);
      std::vector<double> differences;
      for (std::size_t i = 0; i < 4; ++i) {
        differences.push_back(kValues[found.front().method][i] - kValues[one.method][i]);
      }
      raw.push_back(sign_flip_test(differences, 7));
    }
    const std::vector<double> corrected = holm(std::span(raw).subspan(1));
    EXPECT_EQ(found.front().p_value, 1);
    for (std::size_t i = 0; i < corrected.size(); ++i) EXPECT_EQ(found[i + 1].p_value, corrected[i]);
  }
}

TEST(Standings, OfOneMethodAndOfNone) {
  const std::vector<std::vector<double>> one = {{2, 4}};
  EXPECT_EQ(standings(one, Better::lower, 1).front().value, 3);
  EXPECT_TRUE(standings({}, Better::lower, 1).empty());
}

}  // namespace
}  // namespace pellucid
