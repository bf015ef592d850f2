#include "data/split.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

namespace pellucid {
namespace {

using Indices = std::vector<std::size_t>;

TEST(StratifiedSplit, HoldsOutTheFractionOfEachClass) {
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 200; ++i) labels.push_back(i % 4 == 0 ? 1 : 0);  // 150 and 50
  const Split split = stratified_split(labels, 0.1, 5);
  std::map<std::int32_t, int> counts;
  for (const std::size_t index : split.held_out) ++counts[labels[index]];
  EXPECT_EQ(counts, (std::map<std::int32_t, int>{{0, 15}, {1, 5}}));
  EXPECT_EQ(split.train.size(), 180u);
}

TEST(StratifiedSplit, LeavesRareClassesSomething) {
  const std::vector<std::int32_t> labels = {0, 1, 1, 2, 2, 2};
  const Split few = stratified_split(labels, 0.01, 1);
  EXPECT_EQ(few.held_out.size(), 2u);  // one of class 1, one of class 2, none of the single 0
  const Split most = stratified_split(labels, 0.99, 1);
  EXPECT_EQ(most.train.size(), 3u);  // one of each class
  EXPECT_TRUE(stratified_split(labels, 0, 1).held_out.empty());
  EXPECT_TRUE(stratified_split({}, 0.5, 1).train.empty());
}

TEST(StratifiedSplit, DependsOnTheSeedAlone) {
  const std::vector<std::int32_t> labels(100, 0);
  EXPECT_EQ(stratified_split(labels, 0.3, 1).held_out, stratified_split(labels, 0.3, 1).held_out);
  EXPECT_NE(stratified_split(labels, 0.3, 1).held_out, stratified_split(labels, 0.3, 2).held_out);
}

// What a seed chooses stays: a validation set must be the same in every version.
TEST(StratifiedSplit, ChoiceIsFixed) {
  const std::vector<std::int32_t> labels = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  EXPECT_EQ(stratified_split(labels, 0.4, 42).held_out, (Indices{0, 2, 5, 7}));
}

TEST(StratifiedSplit, AddingAClassKeepsTheOthersChoice) {
  std::vector<std::int32_t> labels(50, 0);
  const Indices before = stratified_split(labels, 0.2, 9).held_out;
  labels.resize(80, 1);
  Indices after = stratified_split(labels, 0.2, 9).held_out;
  after.erase(std::remove_if(after.begin(), after.end(), [](std::size_t i) { return i >= 50; }), after.end());
  EXPECT_EQ(after, before);
}

TEST(StratifiedSplit, IsAPartition) {
  EXPECT_TRUE(rc::check([] {
    const auto labels = *rc::gen::container<std::vector<std::int32_t>>(rc::gen::inRange(-2, 5));
    const double fraction = *rc::gen::inRange(0, 101) / 100.0;
    const Split split = stratified_split(labels, fraction, *rc::gen::arbitrary<std::uint64_t>());
    RC_ASSERT(std::is_sorted(split.train.begin(), split.train.end()));
    RC_ASSERT(std::is_sorted(split.held_out.begin(), split.held_out.end()));
    Indices all;
    std::merge(split.train.begin(), split.train.end(), split.held_out.begin(), split.held_out.end(),
               std::back_inserter(all));
    RC_ASSERT(all.size() == labels.size());
    for (std::size_t i = 0; i < all.size(); ++i) RC_ASSERT(all[i] == i);
    for (const std::size_t index : split.held_out) {
      const bool stays = std::any_of(split.train.begin(), split.train.end(),
                                     [&](std::size_t i) { return labels[i] == labels[index]; });
      RC_ASSERT(stays);
    }
  }));
}

TEST(Draw, SomeOfThemOnceInOrder) {
  const std::vector<std::size_t> drawn = draw(100, 10, 3);
  ASSERT_EQ(drawn.size(), 10U);
  for (std::size_t i = 1; i < drawn.size(); ++i) EXPECT_LT(drawn[i - 1], drawn[i]);
  EXPECT_LT(drawn.back(), 100U);
  EXPECT_EQ(draw(100, 10, 3), drawn);
  EXPECT_NE(draw(100, 10, 4), drawn);
  EXPECT_EQ(draw(3, 10, 0), (std::vector<std::size_t>{0, 1, 2}));
}

}  // namespace
}  // namespace pellucid
