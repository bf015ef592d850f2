// Which texts an epoch trains on.
#include "train/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/packing.h"
#include "train/options.h"

namespace pellucid::train {
namespace {

// Of two classes 3 texts to 29.
std::vector<std::int32_t> labels() {
  std::vector<std::int32_t> all(32, 1);
  all[4] = all[9] = all[30] = 0;
  return all;
}

TEST(Sampling, EveryClassIsThereAsOftenAndItsTextsInTurn) {
  const std::vector<std::int32_t> all = labels();
  const auto sample = balanced_sample(all, 7, 0);
  ASSERT_EQ(sample.size(), all.size());
  std::map<std::int32_t, std::size_t> of_class;
  std::map<std::uint32_t, std::size_t> of_text;
  for (const std::uint32_t text : sample) {
    ++of_class[all[text]];
    ++of_text[text];
  }
  EXPECT_EQ(of_class[0], 16U);
  EXPECT_EQ(of_class[1], 16U);
  for (const std::size_t text : {4U, 9U, 30U}) {
    EXPECT_GE(of_text[text], 5U) << "16 draws of three texts in turn";
    EXPECT_LE(of_text[text], 6U);
    of_text.erase(text);
  }
  EXPECT_EQ(of_text.size(), 16U) << "of the many none comes twice";
}

TEST(Sampling, IsDecidedBySeedAndEpoch) {
  EXPECT_EQ(balanced_sample(labels(), 7, 1), balanced_sample(labels(), 7, 1));
  EXPECT_NE(balanced_sample(labels(), 7, 1), balanced_sample(labels(), 7, 2));
  EXPECT_NE(balanced_sample(labels(), 7, 1), balanced_sample(labels(), 8, 1));
}

TEST(Sampling, BatchesHoldTheSampleWithinTheirTokens) {
  const std::vector<std::int32_t> all = labels();
  std::vector<std::uint32_t> lengths;
  for (std::size_t i = 0; i < all.size(); ++i) lengths.push_back(3 + i % 5);
  const auto batches = epoch_batches(lengths, all, true, 20, 7, 3);
  std::vector<std::uint32_t> trained;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const auto batch = batches[i];
    std::size_t tokens = 0;
    for (const std::uint32_t text : batch) tokens += lengths[text];
    EXPECT_LE(tokens, 20U);
    trained.insert(trained.end(), batch.begin(), batch.end());
  }
  auto sample = balanced_sample(all, 7, 3);
  std::ranges::sort(trained);
  std::ranges::sort(sample);
  EXPECT_EQ(trained, sample);

  std::vector<std::uint32_t> every(all.size());
  std::iota(every.begin(), every.end(), 0U);
  EXPECT_EQ(epoch_batches(lengths, all, false, 20, 7, 3).texts, shuffled_batches(every, lengths, 20, 7, 3).texts);
}

TEST(Recipe, NamesWhatIsUsedSoThatEarlierRecipesStay) {
  Options options;
  EXPECT_FALSE(recipe_of(options).contains("sampling"));
  EXPECT_FALSE(recipe_of(options).contains("logit_adjustment"));
  options.balanced_sampling = true;
  options.logit_adjustment = 1;
  EXPECT_EQ(recipe_of(options)["sampling"], "balanced");
  EXPECT_EQ(recipe_of(options)["logit_adjustment"], 1.0);
}

}  // namespace
}  // namespace pellucid::train
