// Training elsewhere than on a CPU: a GPU learns the same.
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "tiny_runs.h"
#include "train/systems/registry.h"
#include "train/train.h"

namespace pellucid::train {
namespace {

class OnAGpu : public TinyRuns {};

TEST_F(OnAGpu, LearnsAndItsFolderPredicts) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU that libtorch can use";
  for (const SystemEntry& entry : systems()) {
    Options chosen = long_enough(std::string(entry.name));
    chosen.system = entry.name;
    if (entry.name == "swin") chosen.learning_rate = 1e-3;
    chosen.epochs = entry.name == "mamba" ? 2 : chosen.epochs;  // token by token there
    chosen.device = "cuda";
    const auto outcome = train(chosen);
    ASSERT_TRUE(outcome) << entry.name << ": " << describe(outcome.error());
    EXPECT_GT(outcome->validation_accuracy, entry.name == "mamba" ? 0.4 : 0.8) << entry.name;
  }
}

TEST_F(OnAGpu, HasTheLossCurveOfTheCpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU that libtorch can use";
  const auto losses = [&](const std::string& device) {
    Options chosen = options(device);
    chosen.device = device;
    chosen.epochs = 1;
    chosen.dropout = 0;
    EXPECT_TRUE(train(chosen));
    std::vector<double> found;
    std::istringstream history(slurp(folder_ / device / "history.jsonl"));
    for (std::string line; std::getline(history, line);) found.push_back(json::parse(line).value("loss", 0.0));
    return found;
  };
  const std::vector<double> cpu = losses("cpu");
  const std::vector<double> gpu = losses("cuda");
  ASSERT_EQ(cpu.size(), gpu.size());
  for (std::size_t i = 0; i < cpu.size(); ++i) EXPECT_NEAR(cpu[i], gpu[i], 1e-3) << "step " << i + 1;
}

TEST_F(OnAGpu, WithoutOneItIsRefused) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(run({"--out", folder_ / "gpu", "--device", "cuda"}), 2);
  EXPECT_NE(slurp(folder_ / "stderr").find("--device cuda: expected a GPU"), std::string::npos);
}

}  // namespace
}  // namespace pellucid::train
