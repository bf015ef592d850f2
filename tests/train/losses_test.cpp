#include "train/losses.h"

#include <torch/utils.h>

#include "gradients.h"

namespace pellucid::train {
namespace {

const SpecialTokens kSpecials{.pad = 0, .unknown = 1, .begin = 2, .end = 3, .mask = 4};

PackedBatch two_texts() {
  PackedBatch batch;
  batch.add(std::vector<std::int32_t>{2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 3});
  batch.add(std::vector<std::int32_t>{2, 20, 3});
  return batch;
}

TEST(Losses, CrossEntropyByHand) {
  const auto logits = torch::tensor({{0.0, std::log(3.0)}, {0.0, 0.0}}, torch::kFloat64);
  const auto labels = torch::tensor({1, 0}, torch::kInt64);
  const double first = -std::log(0.75);
  const double second = -std::log(0.5);
  EXPECT_NEAR(cross_entropy(logits, labels, {}).item<double>(), (first + second) / 2, 1e-12);
  const auto weights = torch::tensor({1.0, 3.0}, torch::kFloat64);
  EXPECT_NEAR(cross_entropy(logits, labels, weights).item<double>(), (3 * first + second) / 4, 1e-12);
}

TEST(Losses, GradientsAgreeWithCentralDifferences) {
  torch::manual_seed(1);
  const auto logits = leaf({4, 3});
  const auto labels = torch::tensor({0, 2, 1, 2}, torch::kInt64);
  const auto weights = torch::rand({3}, torch::kFloat64) + 0.5;
  expect_gradients([&] { return cross_entropy(logits, labels, weights); }, {logits});

  const auto teacher = leaf({4, 3});
  expect_gradients([&] { return self_consistency(teacher.detach(), logits); }, {logits});

  const auto features = leaf({5, 4});
  const auto classes = torch::tensor({0, 1, 0, 1, 2}, torch::kInt64);
  expect_gradients([&] { return supervised_contrastive(features, classes); }, {features}, 1e-5);
}

TEST(Losses, SelfConsistencyTeachesOnlyTheReducedText) {
  const auto teacher = leaf({2, 3});
  const auto student = leaf({2, 3});
  self_consistency(teacher, student).backward();
  EXPECT_FALSE(teacher.grad().defined());
  EXPECT_TRUE(student.grad().defined());
  EXPECT_NEAR(self_consistency(teacher, teacher).item<double>(), 0, 1e-12);
}

TEST(Losses, ContrastiveByHandAndWithoutPairs) {
  // Two texts of one class, one of another, orthogonal: each anchor's positive has similarity 0 of two.
  const auto features = torch::eye(3, torch::kFloat64);
  const auto labels = torch::tensor({0, 0, 1}, torch::kInt64);
  EXPECT_NEAR(supervised_contrastive(features, labels).item<double>(), std::log(2.0), 1e-12);
  const auto alone = torch::tensor({0, 1, 2}, torch::kInt64);
  EXPECT_EQ(supervised_contrastive(features, alone).item<double>(), 0);
}

TEST(Masking, LeavesSpecialTokensAndFollowsTheShare) {
  const PackedBatch batch = two_texts();
  std::mt19937_64 random(7);
  std::size_t masked = 0;
  std::size_t texts = 0;
  for (int repeat = 0; repeat < 4000; ++repeat) {
    const PackedBatch copy = mask_at_random(batch, 0.5, kSpecials, random);
    ASSERT_EQ(copy.bounds, batch.bounds);
    bool touched = false;
    for (std::size_t i = 0; i < 12; ++i) {
      if (batch.ids[i] <= 3) {
        ASSERT_EQ(copy.ids[i], batch.ids[i]);
      } else if (copy.ids[i] != batch.ids[i]) {
        ASSERT_EQ(copy.ids[i], kSpecials.mask);
        ++masked;
        touched = true;
      }
    }
    texts += touched ? 1 : 0;
  }
  // E[1 − sqrt(u)] = 1/3 of ten tokens in half of the copies; an untouched copy may still have been chosen.
  EXPECT_NEAR(static_cast<double>(masked) / (4000 * 10), 1.0 / 6, 0.01);
  EXPECT_GT(texts, 4000 * 0.4);
  EXPECT_LT(texts, 4000 * 0.5);
  EXPECT_EQ(mask_at_random(batch, 0, kSpecials, random).ids, batch.ids);
}

TEST(KeepMostImportant, KeepsTheTopTokensInOrder) {
  const PackedBatch batch = two_texts();
  std::vector<float> scores(batch.tokens(), 0.0F);
  for (std::size_t i = 1; i <= 10; ++i) scores[i] = static_cast<float>(i);  // later is more important
  scores[0] = 100;                                                          // a special token never counts
  std::mt19937_64 random(3);
  std::size_t fewest = 10;
  std::size_t most = 0;
  for (int repeat = 0; repeat < 300; ++repeat) {
    const PackedBatch kept = keep_most_important(batch, scores, draw_kept_shares(batch.texts(), random), kSpecials);
    std::size_t k = 0;
    while (k < 10 && kept.ids[10 - k] == batch.ids[10 - k]) ++k;
    for (std::size_t i = 1; i <= 10 - k; ++i) ASSERT_EQ(kept.ids[i], kSpecials.mask);
    ASSERT_EQ(kept.ids[13], 20) << "a text of one token keeps it";
    ASSERT_EQ(kept.ids[0], 2);
    ASSERT_EQ(kept.ids[11], 3);
    fewest = std::min(fewest, k);
    most = std::max(most, k);
  }
  EXPECT_EQ(fewest, 1U);
  EXPECT_EQ(most, 5U);
}

TEST(KeepMostImportant, TiesKeepTheEarlierToken) {
  const PackedBatch batch = two_texts();
  const std::vector<float> scores(batch.tokens(), 0.5F);
  const PackedBatch kept = keep_most_important(batch, scores, std::vector<double>(batch.texts(), 0.3), kSpecials);
  EXPECT_EQ(kept.ids[1], batch.ids[1]);
  EXPECT_EQ(kept.ids[10], kSpecials.mask);
}

TEST(Losses, SmoothingIsTheCrossEntropyOfASmoothedLabel) {
  torch::manual_seed(2);
  const auto logits = leaf({4, 3});
  const auto labels = torch::tensor({0, 2, 1, 1}, torch::kInt64);
  const auto q = torch::one_hot(labels, 3).to(torch::kFloat64) * 0.8 + 0.2 / 3;
  const auto expected = -(q * torch::log_softmax(logits, 1)).sum(1).mean();
  EXPECT_NEAR(cross_entropy(logits, labels, {}, 0.2).item<double>(), expected.item<double>(), 1e-12);
  expect_gradients([&] { return cross_entropy(logits, labels, {}, 0.2); }, {logits});
}

TEST(Losses, LogitAdjustmentAddsTheLogOfEachClassesShare) {
  const auto logits = torch::tensor({{0.5, -1.0}}, torch::kFloat64);
  const auto counts = torch::tensor({30.0F, 10.0F});
  const auto adjusted = adjusted_for_prior(logits, counts, 2);
  EXPECT_NEAR(adjusted[0][0].item<double>(), 0.5 + 2 * std::log(0.75), 1e-6);
  EXPECT_NEAR(adjusted[0][1].item<double>(), -1 + 2 * std::log(0.25), 1e-6);
  // Logits that know nothing are right about the shares: with tau 1 no gradient asks them to learn these.
  const auto flat = leaf({1, 2}).detach().zero_().requires_grad_();
  const auto shares = torch::softmax(adjusted_for_prior(flat, counts, 1), 1);
  EXPECT_NEAR(shares[0][0].item<double>(), 0.75, 1e-6);
  EXPECT_EQ(adjusted_for_prior(logits, counts, 0)[0][1].item<double>(), -1.0);
}

TEST(Losses, RDropIsTheMeanOfBothDivergencesAndTrainsBoth) {
  torch::manual_seed(3);
  const auto one = leaf({4, 3});
  const auto other = leaf({4, 3});
  const auto divergence = [](const torch::Tensor& p, const torch::Tensor& q) {
    return torch::kl_div(torch::log_softmax(q, 1), torch::softmax(p, 1), at::Reduction::Sum) / 4;
  };
  EXPECT_NEAR(r_drop(one, other).item<double>(), ((divergence(one, other) + divergence(other, one)) / 2).item<double>(),
              1e-12);
  EXPECT_EQ(r_drop(one, one).item<double>(), 0);
  expect_gradients([&] { return r_drop(one, other); }, {one, other});
}

}  // namespace
}  // namespace pellucid::train
