#include "train/blocks.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/utils.h>

#include "kernels/precision.h"
#include "kernels/relative_position.h"
#include "tiny.h"
#include "train/attention.h"
#include "train/kernel_blocks.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

// A block's parameters and what it makes of them: outputs, from inputs of one type.
struct Case {
  std::string name;
  std::vector<Tensor> inputs;  // float64
  std::function<std::vector<Tensor>(const std::vector<Tensor>&, const Compute&)> outputs;
};

Tensor noise(torch::IntArrayRef shape, double scale) {
  return torch::randn(shape, torch::kFloat64) * scale;
}

std::vector<Case> cases() {
  torch::manual_seed(4);
  const std::int64_t d = 32;
  const PackedTensors batch = to_tensors(tiny_batch(), torch::kCPU);
  const auto norm = [&] { return std::vector<Tensor>{1 + noise({d}, 0.1), noise({d}, 0.1)}; };
  const auto joined = [](std::vector<Tensor> first, const std::vector<Tensor>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  };
  const Tensor x = noise({batch.tokens(), d}, 1);
  return {
      {"attention",
       joined({x, noise({3 * d, d}, 0.3), noise({3 * d}, 0.1), noise({d, d}, 0.3), noise({d}, 0.1)}, norm()),
       [batch](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         const AttentionBlock block{{t[1], t[2]}, {t[3], t[4]}, {t[5], t[6]}, 2};
         const auto result = block(t[0], batch, compute);
         return {result.y, result.qkv};
       }},
      {"feed-forward",
       joined({x, noise({2 * d, d}, 0.3), noise({2 * d}, 0.1), noise({d, 2 * d}, 0.3), noise({d}, 0.1)}, norm()),
       [](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         const FeedForwardBlock block{{t[1], t[2]}, {t[3], t[4]}, {t[5], t[6]}};
         return {block(t[0], compute)};
       }},
      {"embedding", joined({noise({30, d}, 1), noise({16, d}, 1), noise({2, d}, 1)}, norm()),
       [batch](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         const EmbeddingBlock block{t[0], t[1], t[2], {t[3], t[4]}};
         return {block(batch, compute)};
       }},
      {"attention with a term of distance",
       joined(joined({x, noise({3 * d, d}, 0.3), noise({3 * d}, 0.1), noise({d, d}, 0.3), noise({d}, 0.1)}, norm()),
              {noise({kRelativeBuckets, 2}, 0.3)}),
       [batch](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         const AttentionBlock block{{t[1], t[2]}, {t[3], t[4]}, {t[5], t[6]}, 2};
         return {block(t[0], batch, compute, relative_term(t[7], batch)).y};
       }},
      {"attention after its norm, with a term of distance and a window",
       joined({x, noise({3 * d, d}, 0.3), noise({d, d}, 0.3), 1 + noise({d}, 0.1)},
              {noise({kRelativeBuckets, 2}, 0.3)}),
       [batch](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         const AttentionBlock block{{t[1], {}}, {t[2], {}}, {t[3], {}}, 2, /*pre_norm=*/true, /*window=*/3};
         return {block(t[0], batch, compute, relative_term(t[4], batch)).y};
       }},
      {"embedding without types, projected",
       joined(joined({noise({30, d}, 1), noise({16, d}, 1)}, norm()), {noise({16, d}, 0.3), noise({16}, 0.1)}),
       [batch](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         return {EmbeddingBlock{t[0], t[1], {}, {t[2], t[3]}, 2, {t[4], t[5]}}(batch, compute)};
       }},
      {"linear, with and without bias, from fp32 and from its own type",
       {x, noise({24, d}, 0.3), noise({24}, 0.1), noise({5, 24}, 0.3)},
       [](const std::vector<Tensor>& t, const Compute& compute) -> std::vector<Tensor> {
         return {Linear{t[3], {}}(dropout(Linear{t[1], t[2]}(t[0], compute), compute), compute)};
       }},
  };
}

std::vector<Tensor> leaves(const std::vector<Tensor>& values, torch::ScalarType type) {
  std::vector<Tensor> result;
  for (const Tensor& value : values) result.push_back(value.to(type).clone().requires_grad_(true));
  return result;
}

// Σ ⟨output, direction⟩ with fixed directions.
Tensor functional(const std::vector<Tensor>& outputs) {
  torch::manual_seed(5);
  Tensor sum;
  for (const Tensor& output : outputs) {
    const Tensor direction = torch::randn(output.sizes(), torch::kFloat64);
    const Tensor part = (output.to(torch::kFloat64) * direction).sum();
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

// At the inputs; zero where an input has none, as one that only gates depend on.
std::vector<Tensor> gradients_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> gradients =
      torch::autograd::grad({functional(outputs)}, inputs, {}, std::nullopt, false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = torch::zeros_like(inputs[i]);
  }
  return gradients;
}

Tensor dense(const Tensor& gradient) {
  return (gradient.is_sparse() ? gradient.to_dense() : gradient).to(torch::kFloat64);
}

// Autograd over ATen's operators in float64 is the reference.
void expect_reference(torch::ScalarType type, double tolerance) {
  for (const Backward mode : {Backward::gradient, Backward::exact}) {
    for (const Case& block : cases()) {
      const auto plain = leaves(block.inputs, torch::kFloat64);
      const auto fast = leaves(block.inputs, torch::kFloat32);
      ASSERT_FALSE(on_kernels(plain[0]));
      ASSERT_TRUE(on_kernels(fast[0]));
      const auto expected = block.outputs(plain, {torch::kFloat64, 0, mode});
      const auto outputs = block.outputs(fast, {type, 0, mode});
      ASSERT_EQ(outputs.size(), expected.size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        EXPECT_LT((outputs[i].to(torch::kFloat64) - expected[i]).norm().item<double>(),
                  tolerance * expected[i].norm().item<double>())
            << block.name;
      }
      const auto expected_gradients = gradients_of(expected, plain);
      const auto gradients = gradients_of(outputs, fast);
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        const Tensor right = dense(expected_gradients[i]);
        EXPECT_LT((dense(gradients[i]) - right).norm().item<double>(), tolerance * (right.norm().item<double>() + 0.1))
            << block.name << ", input " << i;
      }
    }
  }
}

TEST(Blocks, AgreeWithTheLayersInFp32) {
  expect_reference(torch::kFloat32, 2e-6);
}

TEST(Blocks, AgreeWithTheLayersInBf16) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "the CPU does not multiply bf16";
  expect_reference(torch::kBFloat16, 2e-2);
}

// With dropout the mask is the kernel's own: drawn from torch's seed, the same on the way back, and about a share p.
TEST(Blocks, DropoutIsTheSameOnTheWayBack) {
  const Compute compute{torch::kFloat32, 0.3, Backward::gradient};
  for (const Case& block : cases()) {
    const auto inputs = leaves(block.inputs, torch::kFloat32);
    const auto value = [&](const std::vector<Tensor>& at) {
      torch::manual_seed(6);
      return functional(block.outputs(at, compute));
    };
    EXPECT_EQ(value(inputs).item<double>(), value(inputs).item<double>()) << block.name;
    torch::manual_seed(7);
    EXPECT_NE(functional(block.outputs(inputs, compute)).item<double>(), value(inputs).item<double>()) << block.name;

    const auto gradients = torch::autograd::grad({value(inputs)}, inputs);
    torch::NoGradGuard no_gradient;
    torch::manual_seed(8);
    const double step = 1e-3;
    double slope = 0;
    std::vector<Tensor> above;
    std::vector<Tensor> below;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor direction = torch::randn_like(inputs[i]);
      slope += (dense(gradients[i]) * direction).sum().item<double>();
      above.push_back(inputs[i] + step * direction);
      below.push_back(inputs[i] - step * direction);
    }
    const double measured = (value(above) - value(below)).item<double>() / (2 * step);
    EXPECT_NEAR(slope, measured, 5e-3 * (std::abs(measured) + 1)) << block.name;
  }
}

TEST(Blocks, ChangedWeightsArePackedAgain) {
  const Case block = cases()[1];
  auto inputs = leaves(block.inputs, torch::kFloat32);
  const FeedForwardBlock kept{{inputs[1], inputs[2]}, {inputs[3], inputs[4]}, {inputs[5], inputs[6]}};
  const Compute compute;
  const Tensor before = kept(inputs[0], compute);
  {
    torch::NoGradGuard no_gradient;
    inputs[1].mul_(0.5);
    inputs[3].neg_();
  }
  const Tensor after = kept(inputs[0], compute);
  EXPECT_FALSE(torch::allclose(before, after));
  EXPECT_TRUE(torch::equal(after, block.outputs(inputs, compute)[0]));  // a block of its own, packed once
}

}  // namespace
}  // namespace pellucid::train
