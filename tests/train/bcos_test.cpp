// The B-cos product by its definition, and the network's own explanation: frozen gates make it linear.
#include "train/bcos.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/utils.h>

#include "gradients.h"
#include "tiny.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

const Compute kDouble{torch::kFloat64, 0, Backward::gradient};
const Compute kExact{torch::kFloat64, 0, Backward::exact};

Bcos tiny_bcos(double b) {
  torch::manual_seed(8);
  Bcos model(tiny_config(), b, 3);
  model.visit([](const std::string& name, Tensor& tensor) {
    const bool norm = name.ends_with("LayerNorm.weight");
    tensor = torch::randn(tensor.sizes(), torch::kFloat64) * (norm ? 0.1 : 0.4) + (norm ? 1 : 0);
  });
  return model;
}

TEST(BcosLinear, IsTheProductTimesAPowerOfTheCosine) {
  const Tensor x = torch::randn({4, 7}, torch::kFloat64);
  const Tensor w = torch::randn({5, 7}, torch::kFloat64);
  for (const double b : {1.0, 1.25, 2.0}) {
    const Tensor y = BcosLinear{{w, {}}, b}(x, kDouble);
    for (std::int64_t t = 0; t < 4; ++t) {
      for (std::int64_t o = 0; o < 5; ++o) {
        const double product = torch::dot(w[o], x[t]).item<double>() / w[o].norm().item<double>();
        const double cosine = product / x[t].norm().item<double>();
        EXPECT_NEAR(y[t][o].item<double>(), product * std::pow(std::abs(cosine), b - 1), 1e-4) << b;
      }
    }
  }
}

TEST(BcosLinear, WithBOneIsLinearWithNormalisedRows) {
  const Tensor x = torch::randn({4, 7}, torch::kFloat64);
  const Tensor w = torch::randn({5, 7}, torch::kFloat64);
  const Tensor rows = w / w.norm(2, 1, true);
  EXPECT_TRUE(torch::allclose(BcosLinear{{w, {}}, 1}(x, kDouble), torch::linear(x, rows), 1e-13, 1e-14));
  EXPECT_FALSE(torch::allclose(BcosLinear{{w, {}}, 1.5}(x, kDouble), torch::linear(x, rows)));
}

// In float32 the gate is a kernel, in float64 the plain formula.
TEST(BcosLinear, OnTheKernelEqualsFloat64) {
  torch::manual_seed(9);
  const Tensor x = torch::randn({6, 7}, torch::kFloat64);
  const Tensor w = torch::randn({5, 7}, torch::kFloat64);
  const Tensor direction = torch::randn({6, 5}, torch::kFloat64);
  for (const double b : {1.25, 1.5, 2.0, 4.0}) {
    const auto computed = [&](torch::ScalarType type) {
      const Tensor input = x.to(type).detach().requires_grad_(true);
      const Tensor weight = w.to(type).detach().requires_grad_(true);
      const Tensor y = BcosLinear{{weight, {}}, b}(input, {type, 0, Backward::gradient});
      std::vector<Tensor> all = torch::autograd::grad({(y * direction.to(type)).sum()}, {input, weight});
      all.push_back(y.detach());
      return all;
    };
    const std::vector<Tensor> expected = computed(torch::kFloat64);
    const std::vector<Tensor> found = computed(torch::kFloat32);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(torch::allclose(found[i].to(torch::kFloat64), expected[i], 1e-4, 1e-5)) << b << ", " << i;
    }
  }
}

TEST(Bcos, HasItsTrueGradients) {
  Bcos model = tiny_bcos(1.5);
  PackedTensors batch = to_tensors(tiny_batch(), torch::kCPU);
  batch.words = leaf({batch.tokens(), model.config.hidden_size});
  std::vector<Tensor> inputs = {batch.words};
  model.visit([&](const std::string& name, Tensor& tensor) {
    if (name.find("word_embeddings") == std::string::npos) inputs.push_back(tensor.requires_grad_(true));
  });
  const Tensor direction = torch::randn({3, 3}, torch::kFloat64);
  expect_gradients([&] { return (model.forward(batch, kDouble).logits * direction).sum(); }, inputs, 1e-5);
}

// ---- the network once more, in plain operators for one text, its gates recorded or taken from a record ----

struct Gates {
  std::vector<Tensor> held;
  std::size_t next = 0;
  bool recording = true;

  // `computed` while recording, afterwards what was recorded at the same place.
  Tensor operator()(const Tensor& computed) {
    if (recording) held.push_back(computed);
    return held[next++];
  }
};

Tensor product(const BcosLinear& linear, const Tensor& x, Gates& gates) {
  const Tensor& w = linear.products.weight;
  const Tensor y = torch::matmul(x, (w / w.norm(2, 1, true)).t());
  return y * gates(((y / (x.square().sum(1, true) + 1e-6).sqrt()).abs() + 1e-6).pow(linear.b - 1));
}

Tensor normed(const LayerNorm& norm, const Tensor& x, Gates& gates) {
  const Tensor centred = x - x.mean(1, true);
  return centred * gates((centred.square().mean(1, true) + norm.epsilon).rsqrt()) * norm.weight;
}

Tensor logits_from(const Bcos& model, Tensor x, Gates& gates) {
  const std::int64_t heads = model.config.num_attention_heads;
  const std::int64_t d = model.config.hidden_size / heads;
  for (const BcosLayer& layer : model.layers) {
    const std::vector<Tensor> qkv = torch::matmul(x, layer.qkv.weight.t()).chunk(3, 1);
    std::vector<Tensor> contexts;
    for (std::int64_t h = 0; h < heads; ++h) {
      const auto part = [&](const Tensor& all) { return all.narrow(1, h * d, d); };
      const Tensor scores = torch::matmul(part(qkv[0]), part(qkv[1]).t()) / std::sqrt(static_cast<double>(d));
      contexts.push_back(torch::matmul(gates(torch::softmax(scores, 1)), part(qkv[2])));
    }
    const Tensor y = normed(layer.attention_norm, x + product(layer.output, torch::cat(contexts, 1), gates), gates);
    const Tensor wide = product(layer.intermediate, y, gates);
    const Tensor active = wide * gates(0.5 * (1 + torch::erf(wide / std::sqrt(2.0))));
    x = normed(layer.feed_forward_norm, y + product(layer.dense, active, gates), gates);
  }
  return product(model.classifier, x.mean(0, true), gates)[0];
}

TEST(Bcos, FrozenGatesMakeItsDynamicWeights) {
  const Bcos model = tiny_bcos(1.7);
  PackedBatch text;
  text.add(std::vector<std::int32_t>{2, 10, 11, 12, 13, 3});
  PackedTensors batch = to_tensors(text, torch::kCPU);
  batch.words = word_rows(model.embedding.words, batch).detach().requires_grad_(true);
  const Prediction exact = model.forward(batch, kExact);

  Gates gates;
  const Tensor plain = logits_from(model, exact.embedded.detach(), gates);
  EXPECT_TRUE(torch::allclose(exact.logits[0], plain, 1e-9, 1e-9));
  EXPECT_TRUE(torch::allclose(model.forward(batch, kDouble).logits[0], plain, 1e-9, 1e-9));
  gates.recording = false;
  for (std::int64_t c = 0; c < 3; ++c) {
    const Tensor weights = torch::autograd::grad({exact.logits[0][c]}, {exact.embedded}, {}, /*retain_graph=*/true)[0];
    // The map held by the gates, applied to whatever is given to it.
    for (int trial = 0; trial < 3; ++trial) {
      const Tensor v = torch::randn_like(weights);
      gates.next = 0;
      EXPECT_NEAR(logits_from(model, v, gates)[c].item<double>(), (weights * v).sum().item<double>(), 1e-9);
    }
  }
}

TEST(Bcos, ContributionsSumToTheLogits) {
  for (const double b : {1.0, 1.3, 2.0}) {
    const Bcos model = tiny_bcos(b);
    PackedTensors batch = to_tensors(tiny_batch(), torch::kCPU);
    batch.words = word_rows(model.embedding.words, batch).detach().requires_grad_(true);
    const Prediction exact = model.forward(batch, kExact);
    for (std::int64_t c = 0; c < 3; ++c) {
      const Tensor weights =
          torch::autograd::grad({exact.logits.select(1, c).sum()}, {exact.embedded}, {}, /*retain_graph=*/true)[0];
      const Tensor sums = sum_by_text((weights * exact.embedded).sum(1), batch);
      EXPECT_TRUE(torch::allclose(sums, exact.logits.select(1, c), 1e-4, 1e-9)) << b;
    }
  }
}

}  // namespace
}  // namespace pellucid::train
