// Agreement of explanations, worked by hand.
#include "study/consistency.h"

#include <gtest/gtest.h>

namespace pellucid::study {
namespace {

// Units of one byte, as a text "a b c …" has them.
MeasuredText text(std::size_t number, std::int32_t label, const std::vector<double>& scores) {
  MeasuredText one{.text = number, .label = label, .units = {}, .scores = scores};
  for (std::size_t u = 0; u < scores.size(); ++u) one.units.push_back({2 * u, 2 * u + 1});
  return one;
}

TEST(Agreement, OfRanksAndTheStrongest) {
  const MeasuredText one = text(0, 1, {7, 6, 5, 4, 3, 2, 1});
  EXPECT_DOUBLE_EQ(agreement(one, one)->rank_correlation, 1);
  EXPECT_DOUBLE_EQ(agreement(one, one)->overlap, 1);
  const MeasuredText reversed = text(0, 1, {1, 2, 3, 4, 5, 6, 7});
  EXPECT_DOUBLE_EQ(agreement(one, reversed)->rank_correlation, -1);
  EXPECT_DOUBLE_EQ(agreement(one, reversed)->overlap, 3.0 / 5) << "units 3, 4, 5 of 7 are among both fives";
  // Two neighbours swapped: rho = 1 − 6 · 2 / (4 · 15); four units, all among the first five.
  EXPECT_DOUBLE_EQ(agreement(text(0, 1, {4, 3, 2, 1}), text(0, 1, {3, 4, 2, 1}))->rank_correlation, 0.8);
  EXPECT_DOUBLE_EQ(agreement(text(0, 1, {4, 3, 2, 1}), text(0, 1, {3, 4, 2, 1}))->overlap, 1);
}

TEST(Agreement, ComparesUnitsOfTheSameBytesWhateverTheirOrder) {
  const MeasuredText one = text(0, 0, {4, 3, 2, 1});
  MeasuredText moved{.text = 0, .label = 0, .units = {{6, 7}, {4, 5}, {0, 1}, {2, 3}}, .scores = {1, 2, 4, 3}};
  EXPECT_DOUBLE_EQ(agreement(moved, one)->rank_correlation, 1);
  EXPECT_DOUBLE_EQ(agreement(one, moved)->rank_correlation, 1);
  // A unit that is not there any more, and one that stands for nothing.
  MeasuredText fewer{.text = 0, .label = 0, .units = {{0, 0}, {2, 3}, {4, 5}}, .scores = {9, 1, 2}};
  EXPECT_DOUBLE_EQ(agreement(fewer, one)->rank_correlation, -1) << "of two units";
  fewer.units.pop_back();
  fewer.scores.pop_back();
  EXPECT_FALSE(agreement(fewer, one)) << "one unit has no order";
}

TEST(Agreement, IsOfTextsThatBothLabelAlike) {
  EXPECT_FALSE(agreement(text(0, 1, {1, 2}), text(0, 0, {1, 2})));
}

TEST(Agreements, AreOfEachPairsTextsThatBothExplainAlike) {
  Measurement reference{.fingerprint = "", .predicted = {}, .texts = {}};
  reference.texts = {text(2, 0, {4, 3, 2, 1}), text(5, 0, {1, 2}), text(8, 1, {1, 2})};
  Measurement first = reference;
  first.texts[0] = text(2, 0, {3, 4, 2, 1});  // 0.8
  first.texts[1] = text(5, 0, {2, 1});        // −1
  Measurement second = reference;
  second.texts.pop_back();    // text 8 is not there
  second.texts[1].label = 1;  // text 5 is labelled otherwise; text 2: 1
  const std::vector<Pair> pairs = {{&first, &reference}, {&second, &reference}};
  const Agreements found = agreements(pairs, 10);
  EXPECT_EQ(found.n, 4U) << "three of the first, one of the second";
  ASSERT_EQ(found.rank_correlations.size(), 2U);
  ASSERT_EQ(found.rank_correlations[0].size(), 10U);
  EXPECT_NEAR(*found.rank_correlations[0][2], 0.8, 1e-12);
  EXPECT_DOUBLE_EQ(*found.rank_correlations[0][5], -1);
  EXPECT_DOUBLE_EQ(*found.overlaps[0][8], 1);
  EXPECT_FALSE(found.rank_correlations[0][0]);
  EXPECT_DOUBLE_EQ(*found.rank_correlations[1][2], 1);
  EXPECT_FALSE(found.rank_correlations[1][5]);
  EXPECT_FALSE(found.overlaps[1][8]);
  EXPECT_EQ(agreements({}, 10).n, 0U);
}

TEST(ShareAgainst, IsWhatSpeaksAgainstOfAllThatSpeaks) {
  EXPECT_DOUBLE_EQ(share_against(std::vector<double>{3, -1, 0}), 0.25);
  EXPECT_DOUBLE_EQ(share_against(std::vector<double>{-2, -1}), 1);
  EXPECT_DOUBLE_EQ(share_against(std::vector<double>{}), 0.5);
  EXPECT_DOUBLE_EQ(share_against(std::vector<double>{0, 0}), 0.5);
}

}  // namespace
}  // namespace pellucid::study
