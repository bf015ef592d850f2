#include "train/optimiser.h"

#include <gtest/gtest.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>
#include <torch/utils.h>

#include "tiny.h"

namespace pellucid::train {
namespace {

TEST(Schedule, RisesThenFallsToZero) {
  EXPECT_DOUBLE_EQ(schedule(0, 100, 0.1), 0.1);
  EXPECT_DOUBLE_EQ(schedule(9, 100, 0.1), 1.0);
  EXPECT_DOUBLE_EQ(schedule(10, 100, 0.1), 1.0);
  EXPECT_DOUBLE_EQ(schedule(55, 100, 0.1), 0.5);
  EXPECT_NEAR(schedule(99, 100, 0.1), 1.0 / 90, 1e-12);
  EXPECT_DOUBLE_EQ(schedule(0, 1, 0.06), 1.0);
  for (std::int64_t step = 0; step < 100; ++step) EXPECT_GT(schedule(step, 100, 0.0), 0.0);
}

// libtorch's own AdamW with two groups and clip_grad_norm_ is the reference.
TEST(Optimiser, AgreesWithTorchAdamW) {
  Model ours = tiny_model(Adjust::top, 3);
  Model theirs = tiny_model(Adjust::top, 3);
  require_gradients(ours, true);
  require_gradients(theirs, true);
  std::vector<torch::Tensor> matrices;
  std::vector<torch::Tensor> vectors;
  for (const torch::Tensor& parameter : theirs.parameters())
    (parameter.dim() >= 2 ? matrices : vectors).push_back(parameter);
  torch::optim::AdamWOptions with_decay(1e-3);
  with_decay.weight_decay(0.1);
  torch::optim::AdamWOptions without_decay(1e-3);
  without_decay.weight_decay(0.0);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(matrices, std::make_unique<torch::optim::AdamWOptions>(with_decay));
  groups.emplace_back(vectors, std::make_unique<torch::optim::AdamWOptions>(without_decay));
  torch::optim::AdamW reference(groups);
  Optimiser optimiser(ours, {.weight_decay = 0.1, .clip_norm = 0.5});

  for (int step = 0; step < 5; ++step) {
    torch::manual_seed(step);
    const auto mine = ours.parameters();
    const auto other = theirs.parameters();
    for (std::size_t i = 0; i < mine.size(); ++i) {
      mine[i].mutable_grad() = torch::randn_like(mine[i]) * (step == 2 ? 1e-4 : 1.0);  // step 2 is not clipped
      other[i].mutable_grad() = mine[i].grad().clone();
    }
    const double expected_norm = torch::nn::utils::clip_grad_norm_(theirs.parameters(), 0.5);
    reference.step();
    EXPECT_NEAR(optimiser.step(1e-3), expected_norm, 1e-4 * expected_norm);
    for (std::size_t i = 0; i < mine.size(); ++i) {
      EXPECT_TRUE(torch::allclose(mine[i], other[i], 1e-5, 1e-6)) << "step " << step << ", parameter " << i;
    }
  }
  EXPECT_EQ(optimiser.steps(), 5);
}

// The kernel in fp32 beside the plain steps in float64, and both beside dense steps of the rows that are met.
TEST(Optimiser, SparseGradientsStepTheRowsThatAreMet) {
  Model fast = tiny_model(Adjust::none, 3);
  Model plain = tiny_model(Adjust::none, 3, torch::kFloat64);
  Model dense = tiny_model(Adjust::none, 3, torch::kFloat64);
  const torch::Tensor initial = plain.encoder.embedding.words.clone();
  const OptimiserOptions options{.weight_decay = 0.1, .clip_norm = 0.5};
  Optimiser of_fast(fast, options);
  Optimiser of_plain(plain, options);
  Optimiser of_dense(dense, options);
  torch::manual_seed(3);
  for (int step = 0; step < 4; ++step) {
    const torch::Tensor rows = step % 2 == 0 ? torch::tensor({{7, 2, 7}}) : torch::tensor({{11, 2, 3}});
    const torch::Tensor values = torch::randn({3, 8}, torch::kFloat64) * (step == 2 ? 1e-3 : 1.0);
    const auto gradient = [&](torch::ScalarType type) {
      return torch::sparse_coo_tensor(rows, values.to(type), {30, 8});
    };
    fast.encoder.embedding.words.mutable_grad() = gradient(torch::kFloat32);
    plain.encoder.embedding.words.mutable_grad() = gradient(torch::kFloat64);
    dense.encoder.embedding.words.mutable_grad() = gradient(torch::kFloat64).to_dense();
    const double norm = of_dense.step(1e-2);
    EXPECT_NEAR(of_plain.step(1e-2), norm, 1e-9);
    EXPECT_NEAR(of_fast.step(1e-2), norm, 1e-5);
    const auto met = torch::tensor({2, 7}).to(torch::kInt64);
    const auto words = [&](Model& model) {
      return model.encoder.embedding.words.index_select(0, met).to(torch::kFloat64);
    };
    EXPECT_TRUE(torch::allclose(words(plain), words(dense), 1e-9, 1e-9)) << step;
    EXPECT_TRUE(torch::allclose(words(fast), words(plain), 1e-5, 1e-6)) << step;
  }
  EXPECT_TRUE(torch::equal(plain.encoder.embedding.words[0], initial[0]));
  EXPECT_TRUE(torch::equal(fast.encoder.embedding.words[0], initial[0].to(torch::kFloat32)));
}

}  // namespace
}  // namespace pellucid::train
