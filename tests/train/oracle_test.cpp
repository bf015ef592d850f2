// The training model against transformers and torch's autograd in float64 (tests/oracles/bert.py), and
// against the runtime that reads what it writes.
#include <gtest/gtest.h>
#include <torch/types.h>

#include "tiny_model.h"
#include "train/losses.h"
#include "train/model.h"
#include "train/optimiser.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

// float64 leaves the rounding of the stored fp32 alone; float32 is what training computes in.
struct Precise {
  torch::ScalarType type;
  double tolerance;
  Compute compute() const { return {type, 0, Backward::gradient}; }
};

class Oracle : public ::testing::TestWithParam<Precise> {
 protected:
  torch::Tensor expected(const std::string& name, torch::IntArrayRef shape) const {
    const std::vector<float> values = expected_[name];
    return torch::tensor(values, torch::kFloat32).view(shape).to(GetParam().type);
  }
  torch::Tensor labels() const {
    return torch::tensor(expected_.operator[]<std::int32_t>("labels"), torch::kInt32).to(torch::kInt64);
  }

  // tiny-bert with the mean-pooling head that the oracle trained.
  Model model() const {
    const ModelFolder folder = unwrap(open_model_folder((kFixtures / "tiny-bert").string()));
    Model model(folder.encoder, Adjust::none, 3);
    unwrap(load_weights(model, folder, false));
    const Precise precise = GetParam();
    model.visit([&](const std::string&, torch::Tensor& tensor) { tensor = tensor.to(precise.type); });
    model.classifier = {expected("classifier.weight", {3, 32}), expected("classifier.bias", {3})};
    require_gradients(model, true);
    return model;
  }

  torch::Tensor loss(const Model& model) const {
    return cross_entropy(model.forward(batch_, GetParam().compute()).logits, labels(), {});
  }

  // |found − expected| <= tolerance (1 + |expected|)
  void expect_close(const torch::Tensor& found, const torch::Tensor& expected, const std::string& what) const {
    const double tolerance = GetParam().tolerance;
    ASSERT_EQ(found.sizes(), expected.sizes()) << what;
    EXPECT_TRUE(torch::allclose(found, expected, tolerance, tolerance))
        << what << ", off by " << (found - expected).abs().max().item<double>();
  }

  const Expected expected_{"tiny-bert"};
  const PackedTensors batch_ = to_tensors(expected_.batch(), torch::kCPU);
};

TEST_P(Oracle, HiddenStatesAreTransformers) {
  Model model = this->model();
  const std::int64_t tokens = batch_.tokens();
  expect_close(model.encoder.embed(batch_, GetParam().compute()), expected("hidden.0", {tokens, 32}), "hidden.0");
  for (const int layers : {2, 1}) {
    model.encoder.layers.erase(model.encoder.layers.begin() + layers, model.encoder.layers.end());
    const auto embedded = model.encoder.embed(batch_, GetParam().compute());
    const std::string name = "hidden." + std::to_string(layers);
    expect_close(model.encoder.encode(embedded, batch_, GetParam().compute()), expected(name, {tokens, 32}), name);
  }
}

TEST_P(Oracle, EveryGradientIsAutogradsOverTransformers) {
  Model model = this->model();
  const torch::Tensor loss = this->loss(model);
  double stored = 0;
  std::memcpy(&stored, expected_.operator[]<std::byte>("loss").data(), sizeof stored);
  EXPECT_NEAR(loss.item<double>(), stored, GetParam().tolerance);
  loss.backward();
  std::size_t compared = 0;
  model.visit([&](const std::string& name, torch::Tensor& tensor) {
    const std::string full = name.starts_with("head.") ? name.substr(5) : name;
    const std::size_t at = full.find("qkv.");
    ASSERT_TRUE(tensor.grad().defined()) << name;
    ++compared;
    if (at == std::string::npos) {
      const torch::Tensor gradient = tensor.grad().is_sparse() ? tensor.grad().to_dense() : tensor.grad();
      expect_close(gradient, expected("gradient." + full, tensor.sizes()), name);
      return;
    }
    std::vector<torch::Tensor> parts;
    std::vector<std::int64_t> shape = tensor.sizes().vec();
    shape[0] /= 3;
    for (const char* part : {"query.", "key.", "value."}) {
      parts.push_back(expected("gradient." + full.substr(0, at) + part + full.substr(at + 4), shape));
    }
    expect_close(tensor.grad(), torch::cat(parts), name);
  });
  EXPECT_EQ(compared, 5 + 2 * 12 + 2);
}

TEST_P(Oracle, TenStepsOfAdamWHaveTheSameLosses) {
  Model model = this->model();
  Optimiser optimiser(model, {.weight_decay = 0.01, .clip_norm = 0});
  const std::vector<double> losses = expected_.operator[]<double>("training_losses");
  ASSERT_EQ(losses.size(), 10);
  for (std::size_t step = 0; step < losses.size(); ++step) {
    const torch::Tensor loss = this->loss(model);
    EXPECT_NEAR(loss.item<double>(), losses[step], GetParam().tolerance) << "step " << step;
    loss.backward();
    optimiser.step(1e-3);
  }
  EXPECT_LT(losses.back(), 0.9 * losses.front());  // they moved
}

INSTANTIATE_TEST_SUITE_P(Types, Oracle,
                         ::testing::Values(Precise{torch::kFloat64, 1e-6}, Precise{torch::kFloat32, 2e-5}),
                         [](const auto& info) { return info.param.type == torch::kFloat64 ? "float64" : "float32"; });

class Runtime : public ::testing::TestWithParam<Adjust> {};

TEST_P(Runtime, PredictsWhatTheTrainingModelPredicts) {
  const Expected expected("tiny-bert");
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", GetParam());
  const ModelFolder described = unwrap(open_model_folder((folder / "model").string()));
  Model model(described.encoder, GetParam(), 3);
  unwrap(load_weights(model, described, true));
  const Prediction prediction = model.forward(to_tensors(expected.batch(), torch::kCPU), Compute{});
  const auto values = [](const torch::Tensor& tensor) {
    const torch::Tensor flat = tensor.detach().contiguous();
    return std::vector<float>(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  };
  const auto classifier = unwrap(load_classifier((folder / "model").string(), {}));
  EXPECT_LT(largest_difference(values(prediction.logits), classifier->logits(expected.batch())), 1e-5);
  const std::string name = std::string(name_of(GetParam()));
  EXPECT_LT(largest_difference(values(prediction.logits), expected[name + ".logits"]), 1e-5);
  if (GetParam() != Adjust::none) {
    const auto pass = classifier->forward(expected.batch());
    EXPECT_LT(largest_difference(values(prediction.scores), pass->head_attribution().scores), 1e-5);
  }

  // What is saved is what was loaded: the runtime predicts the same, bit for bit.
  std::filesystem::create_directories(folder / "again");
  unwrap(save_weights(model, folder / "again" / "model.safetensors"));
  unwrap(write_model_description(folder / "again", described, *described.head, described.max_length, "{}"));
  const auto again = unwrap(load_classifier((folder / "again").string(), {}));
  EXPECT_EQ(again->logits(expected.batch()), classifier->logits(expected.batch()));
}

INSTANTIATE_TEST_SUITE_P(Adjusts, Runtime, ::testing::Values(Adjust::none, Adjust::top, Adjust::input),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace pellucid::train
