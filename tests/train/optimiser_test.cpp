#include "train/optimiser.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace pellucid::train
