// What holds for every system, and the convolutional network against torch's own convolution.
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <set>

#include "gradients.h"
#include "tiny.h"
#include "train/cnn.h"
#include "train/systems/registry.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

const Compute kFloat{torch::kFloat32, 0, Backward::gradient};
const Compute kDouble{torch::kFloat64, 0, Backward::gradient};

std::unique_ptr<System> made(const SystemEntry& entry) {
  torch::manual_seed(5);
  EncoderConfig config = tiny_config();
  config.hidden_size = 32;
  config.intermediate_size = 64;
  auto system = entry.make({.encoder = config, .classes = 3});
  // Pretrained ones are made without values of their encoder; none may be so small that it hides.
  system->visit([](const std::string&, Tensor& tensor) { tensor = torch::randn(tensor.sizes()) * 0.1; });
  return system;
}

PackedBatch alone(const PackedBatch& batch, std::size_t text) {
  PackedBatch one;
  one.add(std::span(batch.ids).subspan(batch.bounds[text], batch.bounds[text + 1] - batch.bounds[text]));
  return one;
}

TEST(Systems, AloneIsAsInABatch) {
  const torch::NoGradGuard no_gradient;
  const PackedBatch batch = tiny_batch();
  for (const SystemEntry& entry : systems()) {
    const auto system = made(entry);
    const Tensor together = system->forward(to_tensors(batch, torch::kCPU), kFloat).logits;
    ASSERT_EQ(together.sizes(), (std::vector<std::int64_t>{3, 3})) << entry.name;
    for (std::size_t text = 0; text < batch.texts(); ++text) {
      const Tensor single = system->forward(to_tensors(alone(batch, text), torch::kCPU), kFloat).logits[0];
      const double difference = (together[static_cast<std::int64_t>(text)] - single).abs().max().item<double>();
      EXPECT_LT(difference, 1e-5 * (1 + single.abs().max().item<double>())) << entry.name << ", text " << text;
    }
  }
}

TEST(Systems, NamesOfParametersAreDistinctAndScoresAreWhatTheEntrySays) {
  for (const SystemEntry& entry : systems()) {
    const auto system = made(entry);
    std::set<std::string> names;
    system->visit([&](const std::string& name, Tensor&) {
      EXPECT_TRUE(names.insert(name).second) << entry.name << ": " << name;
    });
    EXPECT_EQ(names.size(), system->parameters().size());
    const Prediction prediction = system->forward(to_tensors(tiny_batch(), torch::kCPU), kFloat);
    EXPECT_EQ(prediction.scores.defined(), entry.attributes) << entry.name;
  }
}

Cnn small_cnn() {
  torch::manual_seed(6);
  Cnn cnn({.input = 6, .windows = {2, 3}, .filters = 4});
  cnn.visit([](const std::string&, Tensor& tensor) { tensor = torch::randn(tensor.sizes(), torch::kFloat64); });
  return cnn;
}

TEST(Cnn, AgreesWithTorchsConvolution) {
  const Cnn cnn = small_cnn();
  const PackedTensors batch = to_tensors(tiny_batch(), torch::kCPU);
  const Tensor x = torch::randn({batch.tokens(), 6}, torch::kFloat64);
  const Tensor pooled = cnn.pooled(x, batch, kDouble);
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    const Tensor rows = x.slice(0, batch.bounds[text], batch.bounds[text + 1]);
    std::vector<Tensor> expected;
    for (std::size_t i = 0; i < cnn.filters.size(); ++i) {
      const std::int64_t window = cnn.config.windows[i];
      const Tensor padded = torch::cat({rows, torch::zeros({window - 1, 6}, torch::kFloat64)}).t().unsqueeze(0);
      const Tensor kernel = cnn.filters[i].weight.view({4, window, 6}).transpose(1, 2);
      expected.push_back(torch::relu(torch::conv1d(padded, kernel, cnn.filters[i].bias))[0].amax(1));
    }
    EXPECT_TRUE(torch::allclose(pooled[text], torch::cat(expected), 1e-9, 1e-9));
  }
}

TEST(Cnn, HasItsTrueGradients) {
  Cnn cnn = small_cnn();
  const PackedTensors batch = to_tensors(tiny_batch(), torch::kCPU);
  std::vector<Tensor> inputs = {leaf({batch.tokens(), 6})};
  cnn.visit([&](const std::string&, Tensor& tensor) { inputs.push_back(tensor.requires_grad_(true)); });
  const Tensor direction = torch::randn({batch.texts(), cnn.output_width()}, torch::kFloat64);
  expect_gradients([&] { return (cnn.pooled(inputs[0], batch, kDouble) * direction).sum(); }, inputs);
}

}  // namespace
}  // namespace pellucid::train
