// Figures over seeds and texts against values worked by hand.
#include "compare/figure.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pellucid::compare {
namespace {

using Values = std::vector<std::vector<double>>;
using Predicted = std::vector<std::vector<std::int32_t>>;

TEST(Figure, MeanOverSeedsAndSampleDeviation) {
  const Values values = {{1, 0, 1, 1}, {0, 0, 1, 1}, {1, 0, 0, 0}};  // means 3/4, 2/4, 1/4
  const Figure figure = figure_of(values, 0);
  EXPECT_DOUBLE_EQ(figure.value, 0.5);
  EXPECT_EQ(figure.of_seeds, (std::vector<double>{0.75, 0.5, 0.25}));
  ASSERT_TRUE(figure.spread);
  EXPECT_DOUBLE_EQ(*figure.spread, 0.25);  // √((¼² + 0 + ¼²) / 2)
  EXPECT_FALSE(figure_of(std::span(values).first(2), 0).spread) << "two seeds say nothing of their spread";
}

TEST(Figure, AResampleWithoutAValueIsNoZero) {
  // Two texts of 40 have a value; every thirteenth resample or so has neither.
  std::vector<std::vector<std::optional<double>>> one(1, std::vector<std::optional<double>>(40, 1.0));
  std::vector<std::vector<std::optional<double>>> other(1, std::vector<std::optional<double>>(40));
  other[0][3] = other[0][8] = 2.4;
  const auto figure = figure_of(difference(mean_of_some(one), mean_of_some(other)), 0);
  ASSERT_TRUE(figure);
  EXPECT_DOUBLE_EQ(figure->interval.low, -1.4);
  EXPECT_DOUBLE_EQ(figure->interval.high, -1.4);
}

TEST(Figure, TheIntervalIsOfTheMeanOverSeeds) {
  // Seeds that make up for each other: every text's mean is ½, so no draw of texts has another.
  const Values values = {{1, 0, 1, 0, 1}, {0, 1, 0, 1, 0}};
  const Figure figure = figure_of(values, 3);
  EXPECT_DOUBLE_EQ(figure.interval.low, 0.5);
  EXPECT_DOUBLE_EQ(figure.interval.high, 0.5);
  // One seed alone: the interval of evaluate.
  const Interval alone = bootstrap_mean(values.front(), 3);
  EXPECT_EQ(figure_of(std::span(values).first(1), 3).interval.low, alone.low);
}

TEST(Figure, OfSomeIsEachSeedsMeanOverTheTextsThatItHas) {
  using Some = std::vector<std::vector<std::optional<double>>>;
  const Some values = {{1, std::nullopt, 0, std::nullopt}, {std::nullopt, std::nullopt, 1, std::nullopt}};
  const auto figure = figure_of(mean_of_some(values), 0);
  ASSERT_TRUE(figure);
  EXPECT_EQ(figure->of_seeds, (std::vector<double>{0.5, 1}));
  EXPECT_DOUBLE_EQ(figure->value, 0.75);
  EXPECT_GE(figure->interval.low, 0.5) << "texts that no seed has do not thin the draws";
  EXPECT_LE(figure->interval.high, 1);
  EXPECT_FALSE(figure_of(mean_of_some(Some{{std::nullopt}, {std::nullopt}}), 0));
  EXPECT_FALSE(figure_of(mean_of_some(Some{}), 0));
  // Where each seed has all, it is figure_of.
  const Values all = {{1, 0, 1, 1}, {0, 0, 1, 1}};
  const auto same = figure_of(mean_of_some(Some{{1, 0, 1, 1}, {0, 0, 1, 1}}), 5);
  EXPECT_DOUBLE_EQ(same->value, figure_of(all, 5).value);
  EXPECT_NEAR(same->interval.low, figure_of(all, 5).interval.low, 1e-12);
}

// One draw in three lacks the rare class: its recall is none then, not 0.
TEST(Figure, AClassThatIsNotDrawnDoesNotLowerAMacroAverage) {
  const std::vector<std::int32_t> gold = {0, 0, 0, 1, 1, 1, 2};
  for (const auto which : {&Average::precision, &Average::recall, &Average::f1}) {
    const Figure perfect = *figure_of(macro_average({gold}, gold, 3, which), 0);
    EXPECT_DOUBLE_EQ(perfect.value, 1);
    EXPECT_DOUBLE_EQ(perfect.interval.low, 1);
  }
  // A class that no text has counts as it does in the value.
  const Figure absent = *figure_of(macro_average({gold}, gold, 4, &Average::recall), 0);
  EXPECT_DOUBLE_EQ(absent.value, 0.75);
  EXPECT_GE(absent.interval.low, 2.0 / 3);
}

TEST(Figure, ADifferenceIsTakenSeedBySeedOnTheSameTexts) {
  const Statistic one = mean_of_some({{1, 0, 1, 1}, {1, 1, 1, 1}});
  const Statistic other = mean_of_some({{0, 0, 1, 1}, {0, 1, 1, 1}});
  const auto found = figure_of(difference(one, other), 0);
  EXPECT_EQ(found->of_seeds, (std::vector<double>{0.25, 0.25}));
  EXPECT_GE(found->interval.low, 0) << "no text is worse";
  // Against one value for all seeds, and texts of its own.
  const Statistic level = averaged(mean_of_some({{std::nullopt, 0.5, std::nullopt, std::nullopt, 1},
                                                 {std::nullopt, std::nullopt, std::nullopt, std::nullopt, 0.25}}),
                                   2);
  const Statistic wide = mean_of_some({{1, 0, 1, 1, std::nullopt}, {std::nullopt, 1, 1, 1, std::nullopt}});
  EXPECT_EQ(figure_of(difference(wide, level), 0)->of_seeds, (std::vector<double>{0.25, 0.5}));
  EXPECT_EQ(difference(wide, level).texts.size(), 5U);
  // A seed that one of both lacks is of no difference.
  const Statistic lacking = mean_of_some({{1, 1, 1, 1}, {std::nullopt, std::nullopt, std::nullopt, std::nullopt}});
  EXPECT_EQ(figure_of(difference(one, lacking), 0)->of_seeds, std::vector<double>{-0.25});
}

TEST(Figure, AveragedOverThoseThatStandTogether) {
  const Statistic four = mean_of_some({{1, 1}, {0, 1}, {std::nullopt, std::nullopt}, {0, 0}});
  EXPECT_EQ(figure_of(averaged(four, 2), 0)->of_seeds, (std::vector<double>{0.75, 0}));
}

TEST(Figure, HolmGoesOverAllThatAreTested) {
  Figure first;
  Figure second;
  const std::vector<compare::Test> tests = {{&first, 0.03}, {&second, 0.01}};
  add_corrected(tests);
  EXPECT_DOUBLE_EQ(*first.p_value, 0.03);
  EXPECT_DOUBLE_EQ(*second.p_value, 0.02);
}

TEST(Figure, CorrectnessAndPooledCounts) {
  const Predicted predicted = {{0, 1, 1}, {0, 0, 1}};
  const std::vector<std::int32_t> gold = {0, 1, 0};
  EXPECT_EQ(correctness(predicted, gold), (Values{{1, 1, 0}, {1, 0, 0}}));
  const ClassificationMetrics pooled = pooled_metrics(predicted, gold, 2);
  EXPECT_EQ(pooled.confusion, (std::vector<std::vector<std::size_t>>{{2, 2}, {1, 1}}));
  EXPECT_DOUBLE_EQ(pooled.accuracy, 0.5);
  EXPECT_DOUBLE_EQ(pooled.classes[0].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(pooled.classes[1].recall, 0.5);
}

TEST(Figure, MacroF1IsTheMeanOfTheSeeds) {
  const std::vector<std::int32_t> gold = {0, 0, 1, 1};
  const Predicted predicted = {{0, 0, 1, 1}, {0, 1, 1, 1}};
  const Figure figure = *figure_of(macro_average(predicted, gold, 2, &Average::f1), 0);
  EXPECT_DOUBLE_EQ(figure.of_seeds[0], 1);
  EXPECT_DOUBLE_EQ(figure.of_seeds[1], (2.0 / 3 + 4.0 / 5) / 2);
  EXPECT_DOUBLE_EQ(figure.value, (1 + figure.of_seeds[1]) / 2);
  EXPECT_LE(figure.interval.low, figure.value);
  EXPECT_GE(figure.interval.high, figure.value);
}

TEST(PairedTests, OneSeedIsMcNemarSeveralAreSignFlips) {
  // Six texts that only the first has right, none the other way: 2 · ½⁶.
  const Values all_right = {std::vector<double>(10, 1)};
  Values some = all_right;
  for (int i = 0; i < 6; ++i) some[0][i] = 0;
  EXPECT_DOUBLE_EQ(correctness_test(all_right, some, 0), 2.0 / 64);
  EXPECT_DOUBLE_EQ(correctness_test(some, all_right, 0), 2.0 / 64);
  // The same in each of two seeds: the differences of the means are the same six ones, flipped at random.
  const Values twice = {all_right[0], all_right[0]};
  const Values some_twice = {some[0], some[0]};
  EXPECT_NEAR(correctness_test(twice, some_twice, 0), 2.0 / 64, 0.01);
  EXPECT_EQ(paired_test(twice, twice, 0), 1);
}

}  // namespace
}  // namespace pellucid::compare
