#include "train/model.h"

#include <torch/autograd.h>
#include <torch/utils.h>

#include "gradients.h"
#include "kernels/precision.h"
#include "tiny.h"
#include "train/attention.h"

namespace pellucid::train {
namespace {

PackedTensors tensors() {
  return to_tensors(tiny_batch(), torch::kCPU);
}

const Compute kDouble{torch::kFloat64, 0, Backward::gradient};
const Compute kFloat{torch::kFloat32, 0, Backward::gradient};

TEST(PackedTensors, SumsAndSoftmaxStayWithinATextAndAreDifferentiable) {
  const PackedTensors batch = tensors();
  torch::manual_seed(1);
  const auto x = leaf({batch.tokens()});
  const auto y = softmax_by_text(x * 50, batch);
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    const auto part = x.slice(0, batch.bounds[text], batch.bounds[text + 1]);
    EXPECT_TRUE(torch::allclose(y.slice(0, batch.bounds[text], batch.bounds[text + 1]), torch::softmax(part * 50, 0)));
    EXPECT_NEAR(sum_by_text(x, batch)[text].item<double>(), part.sum().item<double>(), 1e-12);
  }
  const auto weights = torch::randn({batch.tokens()}, torch::kFloat64);
  expect_gradients([&] { return (softmax_by_text(x, batch) * weights).sum(); }, {x});
}

TEST(Layers, ColumnSumAgreesWithAten) {
  const PackedTensors batch = tensors();
  torch::manual_seed(3);
  const auto qkv = torch::randn({batch.tokens(), 24});
  const auto g = torch::randn({batch.tokens()});
  EXPECT_TRUE(torch::allclose(attention_column_sum(qkv, g, batch, 2, false),
                              attention_column_sum(qkv, g, batch, 2, true), 1e-5, 1e-5));
}

TEST(Model, EveryParameterHasItsTrueGradient) {
  for (const Adjust adjust : {Adjust::none, Adjust::top}) {
    for (const bool through : {false, true}) {
      if (through && adjust == Adjust::none) continue;
      Model model = tiny_model(adjust, 3, torch::kFloat64);
      model.through = through;
      require_gradients(model, true);
      const PackedTensors batch = tensors();
      const auto direction = torch::randn({batch.texts(), 3}, torch::kFloat64);
      // With `stop`, a is a constant of the function that is differentiated: λ = 0 takes it out.
      if (!through && adjust == Adjust::top) {
        torch::NoGradGuard no_gradient;
        model.mixing.fill_(-60);
      }
      const std::vector<torch::Tensor> inputs = model.parameters();
      expect_gradients([&] { return (model.forward(batch, kDouble).logits * direction).sum(); }, inputs, 1e-5);
    }
  }
}

TEST(Model, WithoutMixingTheHeadIsMeanPooling) {
  Model model = tiny_model(Adjust::top, 3);
  model.mixing.fill_(-200);
  const Prediction prediction = model.forward(tensors(), kFloat);
  EXPECT_TRUE(torch::allclose(prediction.logits, prediction.first_logits, 1e-5, 1e-5));
}

TEST(Model, OneTokenHasAllTheWeight) {
  PackedBatch batch;
  for (const std::int32_t id : {7, 11}) batch.add(std::vector<std::int32_t>{id});
  for (const Adjust adjust : {Adjust::top, Adjust::input}) {
    const Prediction prediction = tiny_model(adjust, 3).forward(to_tensors(batch, torch::kCPU), kFloat);
    EXPECT_TRUE(torch::allclose(prediction.logits, prediction.first_logits, 1e-6, 1e-6));
  }
}

TEST(Model, ClassesPermuteTogether) {
  Model model = tiny_model(Adjust::top, 3);
  const auto before = model.forward(tensors(), kFloat).logits;
  const auto order = torch::tensor({2, 0, 1}, torch::kInt64);
  model.classifier.weight = model.classifier.weight.index_select(0, order);
  model.classifier.bias = model.classifier.bias.index_select(0, order);
  EXPECT_TRUE(torch::allclose(model.forward(tensors(), kFloat).logits, before.index_select(1, order), 1e-5, 1e-5));
}

TEST(Model, AloneIsAsInABatch) {
  for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input}) {
    Model model = tiny_model(adjust, 3);
    const PackedBatch batch = tiny_batch();
    const auto together = model.forward(to_tensors(batch, torch::kCPU), kFloat).logits;
    for (std::size_t text = 0; text < batch.texts(); ++text) {
      PackedBatch alone;
      alone.add(std::span(batch.ids).subspan(batch.bounds[text], batch.bounds[text + 1] - batch.bounds[text]));
      const auto logits = model.forward(to_tensors(alone, torch::kCPU), kFloat).logits[0];
      EXPECT_TRUE(torch::allclose(logits, together[static_cast<std::int64_t>(text)], 1e-5, 1e-5));
    }
  }
}

TEST(Model, InputScoresAddUpOnceBiasesAreTakenAway) {
  Model model = tiny_model(Adjust::input, 3, torch::kFloat64);
  model.visit([&](const std::string& name, torch::Tensor& tensor) {
    const bool embedding_bias = name == "embeddings.LayerNorm.bias";  // inside e_i
    if (name.ends_with("bias") && !embedding_bias) tensor.zero_();
  });
  const PackedTensors batch = tensors();
  const auto first = model.forward(batch, kDouble).first_logits;
  const auto y = std::get<0>(first.max(1)) - first.mean(1);
  EXPECT_TRUE(torch::allclose(sum_by_text(model.input_scores(batch, kDouble), batch), y, 1e-9, 1e-9));
}

TEST(Model, TheAttributionIsAConstantUnlessTrainedThrough) {
  Model model = tiny_model(Adjust::top, 3, torch::kFloat64);
  require_gradients(model, true);
  const PackedTensors batch = tensors();
  const torch::Tensor a = model.forward(batch, kDouble).scores;
  EXPECT_FALSE(a.requires_grad());
  const torch::Tensor direction = torch::randn({batch.texts(), 3}, torch::kFloat64);
  const auto gradients = [&](const torch::Tensor& logits) {
    std::vector<torch::Tensor> parts;
    for (const torch::Tensor& one : torch::autograd::grad({(logits * direction).sum()}, model.parameters())) {
      parts.push_back((one.is_sparse() ? one.to_dense() : one).flatten());
    }
    return torch::cat(parts);
  };
  // z = Σ_i w_i t_i with this very a.
  const torch::Tensor hidden = model.encoder.encode(model.encoder.embed(batch, kDouble), batch, kDouble);
  const torch::Tensor u = model.context(hidden, batch, kDouble).y;
  const torch::Tensor t = torch::linear(u, model.classifier.weight, model.classifier.bias);
  const torch::Tensor lambda = torch::sigmoid(model.mixing);
  const torch::Tensor uniform =
      batch.lengths.to(torch::kFloat64).reciprocal().repeat_interleave(batch.lengths.to(torch::kInt64));
  const torch::Tensor w = (1 - lambda) * uniform + lambda * softmax_by_text(a / model.log_temperature.exp(), batch);
  const torch::Tensor expected = gradients(sum_by_text(t * w.unsqueeze(1), batch));

  EXPECT_TRUE(torch::allclose(gradients(model.forward(batch, kDouble).logits), expected, 1e-9, 1e-12));
  model.through = true;
  EXPECT_FALSE(torch::allclose(gradients(model.forward(batch, kDouble).logits), expected, 1e-4, 1e-6));
}

TEST(Model, Bf16StaysNearFp32) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "the CPU does not multiply bf16";
  Model model = tiny_model(Adjust::top, 3);
  const auto exact = model.forward(tensors(), kFloat).logits;
  const auto rounded = model.forward(tensors(), {torch::kBFloat16, 0, Backward::gradient}).logits;
  EXPECT_LT((exact - rounded).abs().max().item<double>(), 0.05 * exact.abs().max().item<double>() + 0.05);
}

}  // namespace
}  // namespace pellucid::train
