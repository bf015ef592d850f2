#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/optim/adamw.h>
#include <torch/utils.h>

#include <cmath>
#include <filesystem>

#include "gradients.h"
#include "kernels/precision.h"
#include "temporary_folder.h"
#include "tiny.h"
#include "train/kernel_blocks.h"
#include "train/mamba.h"
#include "train/swin.h"
#include "train/text_classifier.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

constexpr std::int64_t kWidth = 32;
constexpr std::int64_t kVocabulary = 30;

template <class Body>
Body::Config small();
template <>
MambaConfig small<Mamba>() {
  return {.width = kWidth, .layers = 2, .inner = 48, .state = 4, .rank = 3};
}
template <>
SwinConfig small<Swin>() {
  return {.input = kWidth, .widths = {16, 32}, .blocks = 2, .window = 4, .head_size = 8};
}

// As a model begins, but no parameter is 0 or 1 and none so small that it hides.
template <class Body>
TextClassifier<Body> random_classifier(torch::ScalarType type = torch::kFloat32) {
  torch::manual_seed(3);
  TextClassifier<Body> model(small<Body>(), kVocabulary, 2);
  model.visit([&](const std::string&, Tensor& tensor) {
    tensor = (tensor.to(torch::kFloat64) + torch::randn(tensor.sizes(), torch::kFloat64) * 0.2).to(type);
  });
  return model;
}

PackedBatch texts_of(const std::vector<std::size_t>& lengths) {
  PackedBatch batch;
  std::int32_t next = 5;
  for (const std::size_t length : lengths) {
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < length; ++i)
      ids.push_back(next = (next * 7 + 3) % static_cast<std::int32_t>(kVocabulary));
    batch.add(ids);
  }
  return batch;
}

template <class Body>
Tensor logits_of(const TextClassifier<Body>& model, const PackedBatch& batch, const Compute& compute) {
  const PackedTensors tensors = to_tensors(batch, torch::kCPU);
  return model.forward(tensors, compute).logits;
}

// The hidden attention, times what is scanned, is the scan; nothing comes from what is yet to be read.
TEST(HiddenAttention, TimesTheInputIsTheScan) {
  const auto model = random_classifier<Mamba>(torch::kFloat64);
  const PackedTensors batch = to_tensors(texts_of({1, 2, 7, 12}), torch::kCPU);
  const Compute compute{torch::kFloat64, 0, Backward::gradient};
  const Tensor p = torch::randn({batch.tokens(), 48}, torch::kFloat64);
  const MambaLayer& layer = model.body.layers[0];
  for (const ReadingOrder order : {ReadingOrder::forward, ReadingOrder::reversed}) {
    const SelectiveReading& reading = order == ReadingOrder::forward ? layer.forward : layer.reversed;
    const ScanTensors scan = reading.scanned(p, batch, order, compute);
    const Tensor y = selective_scan(scan, batch, order);
    for (std::int64_t text = 0; text < batch.texts(); ++text) {
      const TextRows rows{batch.bounds[text], batch.bounds[text + 1], order};
      const Tensor alpha =
          torch::cat({hidden_attention(scan, rows, 0, 30), hidden_attention(scan, rows, 30, 18)});  // [48, n, n]
      const Tensor x = scan.x.slice(0, rows.begin, rows.end);                                       // [n, 48]
      const Tensor expected = torch::bmm(alpha, x.t().unsqueeze(2)).squeeze(2).t() + scan.skip * x;
      EXPECT_TRUE(torch::allclose(y.slice(0, rows.begin, rows.end), expected, 1e-9, 1e-9)) << text;
      const Tensor future = order == ReadingOrder::forward ? alpha.triu(1) : alpha.tril(-1);
      EXPECT_EQ(future.abs().max().item<double>(), 0);
    }
  }
}

TEST(HiddenAttention, LayersGiveRowsThatSumToOne) {
  const auto model = random_classifier<Mamba>();
  const PackedTensors batch = to_tensors(texts_of({3, 1, 9}), torch::kCPU);
  const std::vector<Tensor> layers = model.attention(batch, {});
  ASSERT_EQ(layers.size(), 2U);
  for (const Tensor& layer : layers) {
    ASSERT_EQ(layer.numel(), 2 * (9 + 1 + 81));
    EXPECT_GE(layer.min().item<float>(), 0);
    const Tensor last = layer.slice(0, 2 * (9 + 1)).view({2, 9, 9});
    EXPECT_TRUE(torch::allclose(last.sum(2), torch::ones({2, 9})));
    EXPECT_EQ(last[0].triu(1).abs().max().item<float>(), 0);
    EXPECT_EQ(last[1].tril(-1).abs().max().item<float>(), 0);
  }
}

template <class Body>
class SequenceBody : public testing::Test {};
using Bodies = testing::Types<Mamba, Swin>;
TYPED_TEST_SUITE(SequenceBody, Bodies, );

TYPED_TEST(SequenceBody, AloneEqualsBatched) {
  const auto model = random_classifier<TypeParam>();
  const PackedBatch batch = texts_of({1, 2, 7, 8, 9, 33, 3, 130});
  const Tensor together = logits_of(model, batch, {});
  for (std::size_t text = 0; text < batch.texts(); ++text) {
    PackedBatch alone;
    alone.add(std::span(batch.ids).subspan(batch.bounds[text], batch.bounds[text + 1] - batch.bounds[text]));
    const Tensor difference = logits_of(model, alone, {})[0] - together[static_cast<std::int64_t>(text)];
    EXPECT_LT(difference.abs().max().template item<float>(), 1e-5F) << text;
  }
}

// fp32 on the kernels beside float64 on ATen's operators: logits and every parameter's gradient.
TYPED_TEST(SequenceBody, EqualsFloat64) {
  const PackedBatch batch = texts_of({1, 6, 3, 18});
  const auto gradients = [&](torch::ScalarType type) {
    auto model = random_classifier<TypeParam>(type);
    std::vector<Tensor> parameters;
    model.visit([&](const std::string&, Tensor& tensor) { parameters.push_back(tensor.requires_grad_(true)); });
    const Tensor logits = logits_of(model, batch, {type, 0, Backward::gradient}).to(torch::kFloat64);
    std::vector<Tensor> results = torch::autograd::grad({(logits * logits.detach().sin()).sum()}, parameters);
    for (Tensor& result : results) result = (result.is_sparse() ? result.to_dense() : result).to(torch::kFloat64);
    results.push_back(logits.detach());
    return results;
  };
  const std::vector<Tensor> found = gradients(torch::kFloat32);
  const std::vector<Tensor> expected = gradients(torch::kFloat64);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LT((found[i] - expected[i]).norm().template item<double>(),
              1e-5 * (expected[i].norm().template item<double>() + 0.1))
        << i;
  }
}

TYPED_TEST(SequenceBody, ComputesInBf16) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "the CPU does not multiply bf16";
  const auto model = random_classifier<TypeParam>();
  const PackedBatch batch = texts_of({5, 20});
  const Tensor expected = logits_of(model, batch, {});
  const Tensor found = logits_of(model, batch, {torch::kBFloat16, 0, Backward::gradient});
  EXPECT_LT((found - expected).norm().template item<float>(), 0.05F * (expected.norm().template item<float>() + 1));
}

// Which of the words 10 and 11 stands in the text, somewhere among others.
TYPED_TEST(SequenceBody, LearnsATinyTask) {
  torch::manual_seed(1);
  TextClassifier<TypeParam> model(small<TypeParam>(), kVocabulary, 2);
  std::vector<Tensor> parameters;
  model.visit([&](const std::string&, Tensor& tensor) { parameters.push_back(tensor.requires_grad_(true)); });
  torch::optim::AdamW optimiser(parameters, torch::optim::AdamWOptions(3e-3));
  const auto task = [&](std::vector<std::int64_t>& labels) {
    PackedBatch batch;
    for (int text = 0; text < 32; ++text) {
      const std::int64_t length = torch::randint(3, 20, {1}).item<std::int64_t>();
      const Tensor ids = torch::randint(12, kVocabulary, {length}, torch::kInt32);
      labels.push_back(torch::randint(2, {1}).item<std::int64_t>());
      ids[torch::randint(length, {1}).item<std::int64_t>()] = 10 + labels.back();
      batch.add(std::span<const std::int32_t>(ids.data_ptr<std::int32_t>(), static_cast<std::size_t>(length)));
    }
    return batch;
  };
  for (int step = 0; step < 120; ++step) {
    std::vector<std::int64_t> labels;
    const PackedBatch batch = task(labels);
    torch::cross_entropy_loss(logits_of(model, batch, {}), torch::tensor(labels)).backward();
    for (Tensor& parameter : parameters) {
      if (parameter.grad().is_sparse()) parameter.mutable_grad() = parameter.grad().to_dense();
    }
    optimiser.step();
    optimiser.zero_grad();
  }
  std::vector<std::int64_t> labels;
  const PackedBatch batch = task(labels);
  const Tensor right = logits_of(model, batch, {}).argmax(1).eq(torch::tensor(labels));
  EXPECT_GE(right.sum().template item<std::int64_t>(), 30);
}

TYPED_TEST(SequenceBody, SavedAndLoadedIsTheSame) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "model.safetensors";
  auto saved = random_classifier<TypeParam>();
  NamedTensors tensors;
  saved.visit([&](const std::string& name, Tensor& tensor) { tensors.emplace_back(name, tensor); });
  ASSERT_TRUE(save_tensors(tensors, file));
  TextClassifier<TypeParam> loaded(small<TypeParam>(), kVocabulary, 2);
  tensors.clear();
  loaded.visit([&](const std::string& name, Tensor& tensor) { tensors.emplace_back(name, tensor); });
  ASSERT_TRUE(load_tensors(tensors, file));
  const PackedBatch batch = texts_of({4, 9});
  EXPECT_TRUE(torch::equal(logits_of(loaded, batch, {}), logits_of(saved, batch, {})));
}

// The ATen recurrence, which EqualsFloat64 compares the kernels with, against central differences.
TEST(SequenceLayers, GradientsEqualCentralDifferences) {
  torch::manual_seed(2);
  const PackedTensors batch = to_tensors(texts_of({1, 4, 3}), torch::kCPU);
  const std::int64_t d = 3;
  const std::int64_t state = 2;
  const Tensor x = leaf({8, d});
  const Tensor step = leaf({8, d});
  const Tensor log_a = leaf({d, state});
  const Tensor b = leaf({8, state});
  const Tensor c = leaf({8, state});
  const Tensor skip = leaf({d});
  const Tensor weight = leaf({d, 4});
  const Tensor bias = leaf({d});
  const Tensor direction = torch::randn({8, d}, torch::kFloat64);
  for (const ReadingOrder order : {ReadingOrder::forward, ReadingOrder::reversed}) {
    const auto f = [&] {
      const Tensor convolved = causal_convolution(x, weight, bias, batch, order);
      return (selective_scan({convolved, step, -log_a.exp(), b, c, skip}, batch, order) * direction).sum();
    };
    expect_gradients(f, {x, step, log_a, b, c, skip, weight, bias});
  }
}

TEST(SwinWindows, StayInsideTexts) {
  using Bounds = std::vector<std::int32_t>;
  const Bounds bounds{0, 5, 6, 14};
  EXPECT_EQ(window_bounds(bounds, 4, 0), (Bounds{0, 4, 5, 6, 10, 14}));
  EXPECT_EQ(window_bounds(bounds, 4, 2), (Bounds{0, 2, 5, 6, 8, 12, 14}));
  EXPECT_EQ(window_bounds({0, 0, 3, 3}, 4, 2), (Bounds{0, 2, 3}));  // texts without tokens have none
}

TEST(SwinWindows, PairsOfOddTextsAreMergedWithZeros) {
  EXPECT_EQ(merged_bounds({0, 5, 6, 14}), (std::vector<std::int32_t>{0, 3, 4, 8}));
}

}  // namespace
}  // namespace pellucid::train
