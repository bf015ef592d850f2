// A step in parts: which texts they have, and that their losses and gradients are those of the whole.
#include "train/step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "temporary_folder.h"
#include "tiny.h"

namespace pellucid::train {
namespace {

constexpr SpecialTokens kSpecials{.pad = 0, .unknown = 1, .begin = 2, .end = 3, .mask = 4};

// Texts of 3 to 12 tokens with labels of three classes, unequally often.
Corpus tiny_corpus(std::size_t texts) {
  const TemporaryFolder folder;
  Corpus corpus{
      LabelSet({"a", "b", "c"}), *EncodedTexts::create(folder.path()), *EncodedTexts::create(folder.path()), {}, {}};
  std::mt19937_64 random(3);
  for (std::size_t i = 0; i < texts; ++i) {
    std::vector<std::int32_t> ids = {2};
    for (std::uint64_t n = 1 + random() % 10; n > 0; --n) ids.push_back(5 + static_cast<std::int32_t>(random() % 25));
    ids.push_back(3);
    const auto label = static_cast<std::int32_t>(random() % 4 / 2 + random() % 2);
    EXPECT_TRUE(corpus.train.add(ids, label, std::to_string(i)));
  }
  EXPECT_TRUE(corpus.train.finish());
  return corpus;
}

std::vector<std::uint32_t> by_length(const Corpus& corpus) {
  std::vector<std::uint32_t> texts(corpus.train.size());
  std::iota(texts.begin(), texts.end(), 0U);
  std::ranges::stable_sort(texts, {}, [&](std::uint32_t text) { return corpus.train.lengths()[text]; });
  return texts;
}

// Every signal at once, but the one that needs the whole.
Options every_signal() {
  Options options;
  options.masking = 0.5;
  options.balanced_class_weights = true;
  options.label_smoothing = 0.1;
  options.r_drop = 0.3;
  options.dropout = 0.3;
  options.seed = 4;
  return options;
}

TEST(Parts, HaveEveryTextOnceInOrderAndAboutAsManyTokens) {
  const Corpus corpus = tiny_corpus(40);
  const Objective objective(Options(), corpus, kSpecials);
  const Step step = *objective.draw(by_length(corpus), 0);
  for (const std::size_t count : {1, 2, 3, 7, 40, 100}) {
    const std::vector<Part> parts = parts_of(step, count);
    ASSERT_EQ(parts.size(), count);
    std::size_t next = 0;
    for (const Part& part : parts) {
      EXPECT_EQ(part.first, next);
      EXPECT_GE(part.last, part.first);
      next = part.last;
      const double tokens = step.batch.bounds[part.last] - step.batch.bounds[part.first];
      EXPECT_NEAR(tokens, static_cast<double>(step.batch.tokens()) / static_cast<double>(count), 12) << count;
    }
    EXPECT_EQ(next, step.texts.size());
  }
}

TEST(Objective, DrawsTheSameForAStepWhoeverAsks) {
  const Corpus corpus = tiny_corpus(40);
  const Options options = every_signal();
  const auto draw = [&](std::int64_t number) {
    return *Objective(options, corpus, kSpecials).draw(by_length(corpus), number);
  };
  EXPECT_EQ(draw(7).seed, draw(7).seed);
  EXPECT_EQ(draw(7).batch.ids, draw(7).batch.ids);
  EXPECT_EQ(draw(7).kept, draw(7).kept);
  EXPECT_NE(draw(7).seed, draw(8).seed);
  EXPECT_NE(draw(7).batch.ids, draw(8).batch.ids);
}

TEST(Objective, PartsAddUpToTheWholeInLossAndGradients) {
  const Corpus corpus = tiny_corpus(40);
  const Options options = every_signal();
  const Objective objective(options, corpus, kSpecials);
  const Step step = *objective.draw(by_length(corpus), 0);
  Compute compute;
  compute.dropout = options.dropout;

  // The loss, and the gradients flat one after another.
  const auto in_parts = [&](std::size_t count) {
    Model model = tiny_model(Adjust::top, 3);
    require_gradients(model, true);
    double loss = 0;
    for (const Part& part : parts_of(step, count)) {
      if (part.empty()) continue;
      const torch::Tensor own = objective.loss(model, compute, step, part);
      loss += own.item<double>();
      own.backward();
    }
    std::vector<torch::Tensor> gradients;
    model.visit([&](const std::string&, torch::Tensor& tensor) {
      if (tensor.grad().defined()) gradients.push_back(tensor.grad().to_dense().flatten().to(torch::kFloat64));
    });
    return std::pair(loss, torch::cat(gradients));
  };
  const auto [loss, gradient] = in_parts(1);
  EXPECT_GT(loss, 0.5);
  for (const std::size_t count : {2, 3, 7}) {
    const auto [sum, summed] = in_parts(count);
    EXPECT_NEAR(sum, loss, 1e-6 * loss) << count;
    EXPECT_LT((summed - gradient).norm().item<double>(), 1e-5 * gradient.norm().item<double>()) << count;
  }
}

}  // namespace
}  // namespace pellucid::train
