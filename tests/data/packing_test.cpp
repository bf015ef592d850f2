#include "data/packing.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "data/random.h"

namespace pellucid {
namespace {

using Groups = std::vector<std::vector<std::size_t>>;

// All texts in an epoch's batches.
Groups shuffled(const std::vector<std::size_t>& lengths, std::size_t budget, std::uint64_t seed, std::uint64_t epoch) {
  std::vector<std::uint32_t> texts(lengths.size());
  std::iota(texts.begin(), texts.end(), 0U);
  const std::vector<std::uint32_t> narrow(lengths.begin(), lengths.end());
  const Batches batches = shuffled_batches(texts, narrow, budget, seed, epoch);
  Groups groups;
  for (std::size_t i = 0; i < batches.size(); ++i) groups.emplace_back(batches[i].begin(), batches[i].end());
  return groups;
}

std::size_t tokens_of(const std::vector<std::size_t>& group, const std::vector<std::size_t>& lengths) {
  return std::accumulate(group.begin(), group.end(), std::size_t{0},
                         [&](std::size_t sum, std::size_t index) { return sum + lengths[index]; });
}

// What both functions promise: every index once, within the budget unless alone, sorted by length.
bool is_batching(const Groups& groups, const std::vector<std::size_t>& lengths, std::size_t budget) {
  std::vector<std::size_t> all;
  for (const auto& group : groups) {
    if (group.empty() || (group.size() > 1 && tokens_of(group, lengths) > budget)) return false;
    if (!std::is_sorted(group.begin(), group.end(),
                        [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; })) {
      return false;
    }
    all.insert(all.end(), group.begin(), group.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<std::size_t> expected(lengths.size());
  std::iota(expected.begin(), expected.end(), std::size_t{0});
  return all == expected;
}

std::vector<std::size_t> random_lengths(std::size_t count, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<std::size_t> lengths(count);
  for (std::size_t& length : lengths) length = 2 + random.below(100);
  return lengths;
}

TEST(PackedBatch, KeepsTextsApart) {
  PackedBatch batch;
  EXPECT_EQ(batch.texts(), 0u);
  batch.add(std::vector<std::int32_t>{101, 7, 102});
  batch.add(std::vector<std::int32_t>{});
  batch.add(std::vector<std::int32_t>{101, 102});
  EXPECT_EQ(batch.texts(), 3u);
  EXPECT_EQ(batch.tokens(), 5u);
  EXPECT_EQ(batch.ids, (std::vector<std::int32_t>{101, 7, 102, 101, 102}));
  EXPECT_EQ(batch.bounds, (std::vector<std::int32_t>{0, 3, 3, 5}));
}

TEST(Batches, GroupsByLengthWithinTheBudget) {
  const std::vector<std::size_t> lengths = {5, 2, 9, 2, 30, 4};
  EXPECT_EQ(batches_by_length(lengths, 10), (Groups{{1, 3, 5}, {0}, {2}, {4}}));
  EXPECT_TRUE(batches_by_length({}, 10).empty());
  EXPECT_TRUE(shuffled({}, 10, 0, 0).empty());
}

TEST(Batches, EveryTextOnceWithinTheBudget) {
  EXPECT_TRUE(rc::check([] {
    const auto lengths = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 60));
    const auto budget = *rc::gen::inRange<std::size_t>(0, 200);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    RC_ASSERT(is_batching(batches_by_length(lengths, budget), lengths, budget));
    RC_ASSERT(is_batching(shuffled(lengths, budget, seed, 1), lengths, budget));
  }));
}

TEST(Batches, HugeLengthsDoNotOverflow) {
  const std::vector<std::size_t> lengths = {~std::size_t{0}, 1, ~std::size_t{0}, 2};
  EXPECT_EQ(batches_by_length(lengths, 10), (Groups{{1, 3}, {0}, {2}}));
}

TEST(ShuffledBatches, DependOnSeedAndEpochAlone) {
  const std::vector<std::size_t> lengths = random_lengths(2000, 1);
  const Groups first = shuffled(lengths, 512, 7, 3);
  EXPECT_EQ(first, shuffled(lengths, 512, 7, 3));
  EXPECT_NE(first, shuffled(lengths, 512, 7, 4));
  EXPECT_NE(first, shuffled(lengths, 512, 8, 3));
}

// The order is part of what a seed promises: the same on every platform and in every version.
TEST(ShuffledBatches, OrderIsFixed) {
  const std::vector<std::size_t> lengths = {3, 5, 4, 6, 2, 7, 3, 5};
  EXPECT_EQ(shuffled(lengths, 10, 1, 0), (Groups{{7}, {4, 0, 6}, {5}, {2, 1}, {3}}));
}

// The plain way, with an array a group.
Groups reference(const std::vector<std::size_t>& sample, const std::vector<std::size_t>& lengths, std::size_t budget,
                 std::uint64_t seed, std::uint64_t epoch) {
  constexpr std::size_t kBatchesPerBucket = 32;
  SplitMix64 random(seed, epoch);
  std::vector<std::size_t> places(sample.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  random.shuffle(std::span(places));
  Groups groups;
  std::vector<std::size_t> bucket;
  const auto close = [&](bool last) {
    std::ranges::stable_sort(bucket, {}, [&](std::size_t text) { return lengths[text]; });
    std::vector<std::size_t> group;
    std::size_t tokens = 0;
    for (const std::size_t text : bucket) {
      if (!group.empty() && tokens + lengths[text] > budget) {
        groups.push_back(std::exchange(group, {}));
        tokens = 0;
      }
      group.push_back(text);
      tokens += lengths[text];
    }
    bucket = group;
    if (last && !group.empty()) groups.push_back(group);
  };
  std::size_t full = 0, tokens = 0;
  for (const std::size_t place : places) {
    bucket.push_back(sample[place]);
    tokens += lengths[sample[place]];
    if (tokens < budget) continue;
    tokens = 0;
    if (++full % kBatchesPerBucket == 0) close(false);
  }
  close(true);
  random.shuffle(std::span(groups));
  return groups;
}

TEST(ShuffledBatches, AreThoseOfTheReferenceWhereverTextsRecur) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 400);
    const auto lengths = random_lengths(count, *rc::gen::arbitrary<std::uint64_t>());
    const auto sample = *rc::gen::container<std::vector<std::uint32_t>>(
        *rc::gen::inRange<std::size_t>(0, 2000), rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(count)));
    const auto budget = *rc::gen::inRange<std::size_t>(0, 300);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Batches batches =
        shuffled_batches(sample, std::vector<std::uint32_t>(lengths.begin(), lengths.end()), budget, seed, 2);
    const Groups expected = reference({sample.begin(), sample.end()}, lengths, budget, seed, 2);
    RC_ASSERT(batches.size() == expected.size());
    for (std::size_t i = 0; i < batches.size(); ++i) {
      RC_ASSERT(std::vector<std::size_t>(batches[i].begin(), batches[i].end()) == expected[i]);
    }
  }));
}

TEST(ShuffledBatches, FillTheBudgetWithLikeLengths) {
  const std::vector<std::size_t> lengths = random_lengths(20'000, 2);
  constexpr std::size_t kBudget = 4096;
  const Groups groups = shuffled(lengths, kBudget, 1, 0);
  const std::size_t total = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
  std::size_t far_below = 0, spread = 0;
  for (const auto& group : groups) {
    far_below += tokens_of(group, lengths) + 101 <= kBudget;
    spread += lengths[group.back()] - lengths[group.front()];
  }
  EXPECT_LE(far_below, 1u);
  EXPECT_LE(groups.size(), total / (kBudget - 101) + 2);
  EXPECT_LT(static_cast<double>(spread) / static_cast<double>(groups.size()), 10.0);  // of a range of 100
}

TEST(ShuffledBatches, MixLengthsOverTimeAndNeighboursOverEpochs) {
  const std::vector<std::size_t> lengths = random_lengths(20'000, 3);
  const Groups groups = shuffled(lengths, 4096, 1, 0);
  // Were batches in order of length, the first half would hold the short texts.
  double halves[2] = {0, 0};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    halves[i * 2 / groups.size()] += static_cast<double>(lengths[groups[i].front()]) / (groups.size() / 2.0);
  }
  EXPECT_NEAR(halves[0], halves[1], 15.0);

  // Texts that shared a batch are scattered in the next epoch.
  const Groups next = shuffled(lengths, 4096, 1, 1);
  std::vector<std::size_t> batch_of(lengths.size());
  for (std::size_t i = 0; i < next.size(); ++i) {
    for (const std::size_t index : next[i]) batch_of[index] = i;
  }
  const std::set<std::size_t> scattered = [&] {
    std::set<std::size_t> batches;
    for (const std::size_t index : groups[groups.size() / 2]) batches.insert(batch_of[index]);
    return batches;
  }();
  EXPECT_GT(scattered.size(), 5u);
}

TEST(SplitMix64, MatchesThePublishedSequence) {
  SplitMix64 random(1234567);
  for (const std::uint64_t expected : {6457827717110365317ull, 3203168211198807973ull, 9817491932198370423ull,
                                       4593380528125082431ull, 16408922859458223821ull}) {
    EXPECT_EQ(random.next(), expected);
  }
}

TEST(SplitMix64, BelowIsInRangeAndEven) {
  SplitMix64 random(1, 2);
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.below((1ull << 63) + 1), (1ull << 63) + 1);
}

}  // namespace
}  // namespace pellucid
