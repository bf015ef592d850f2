#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "kernels/attention_tasks.h"
#include "kernels/random_values.h"

namespace pellucid {
namespace {

struct Shape {
  std::vector<std::int32_t> lengths;
  std::int64_t heads, head_size;
};

class Attention : public testing::TestWithParam<Shape> {
 protected:
  Attention() {
    for (const std::int32_t length : GetParam().lengths) bounds.push_back(bounds.back() + length);
    tokens = bounds.back();
    d = GetParam().heads * GetParam().head_size;
  }

  // Context and weights within `rounding`, gradients of what is read and of the bias within twice to four times that.
  void expect_reference(const RelativeBias& bias, float rounding) const {
    const std::int64_t heads = GetParam().heads;
    std::size_t pairs = 0;
    for (const std::int32_t length : GetParam().lengths) pairs += static_cast<std::size_t>(length) * length;
    const std::vector<float> qkv = random_values(tokens * 3 * d, 2, 1);
    const std::vector<float> d_context = random_values(tokens * d, 3, 1);
    std::vector<float> context(tokens * d, NAN), expected_context(tokens * d);
    std::vector<float> weights(heads * pairs, NAN), expected_weights(heads * pairs);
    attention_forward(qkv, bounds, heads, context, weights, bias);
    reference::attention_forward(qkv, bounds, heads, expected_context, expected_weights, bias);
    expect_near(context, expected_context, rounding);
    expect_near(weights, expected_weights, rounding);
    for (const Backward mode : {Backward::exact, Backward::gradient}) {
      std::vector<float> d_qkv(tokens * 3 * d, NAN), expected(tokens * 3 * d);
      std::vector<float> d_bias(bias.values.size(), 0.5F), expected_bias(bias.values.size(), 0.5F);  // it is added
      attention_backward(mode, qkv, bounds, heads, d_context, d_qkv, bias, d_bias);
      reference::attention_backward(mode, qkv, bounds, heads, d_context, expected, bias, expected_bias);
      expect_near(d_qkv, expected, 2 * rounding);
      expect_near(d_bias, expected_bias, 4 * rounding);
    }
  }

  std::vector<std::int32_t> bounds{0};
  std::size_t tokens = 0;
  std::size_t d = 0;
};

TEST_P(Attention, ForwardEqualsReference) {
  const std::int64_t heads = GetParam().heads;
  std::size_t pairs = 0;
  for (const std::int32_t length : GetParam().lengths) pairs += static_cast<std::size_t>(length) * length;
  for (const float scale : {0.5F, 3.0F, 20.0F}) {  // flat, usual, one-hot with far negative scores
    const std::vector<float> qkv = random_values(tokens * 3 * d, 1, scale);
    std::vector<float> context(tokens * d, NAN);
    std::vector<float> expected(tokens * d);
    std::vector<float> weights(heads * pairs, NAN);
    std::vector<float> expected_weights(heads * pairs);
    attention_forward(qkv, bounds, heads, context, weights);
    reference::attention_forward(qkv, bounds, heads, expected, expected_weights);
    const float rounding = scale > 10 ? 2e-4F : 5e-6F;  // scores of hundreds carry their own rounding into exp
    expect_near(context, expected, rounding);
    expect_near(weights, expected_weights, rounding);
    std::vector<float> without(tokens * d, NAN);
    attention_forward(qkv, bounds, heads, without);
    EXPECT_EQ(without, context);
  }
}

TEST_P(Attention, BackwardEqualsReferenceInBothModes) {
  const std::int64_t heads = GetParam().heads;
  const std::vector<float> qkv = random_values(tokens * 3 * d, 2, 1);
  const std::vector<float> d_context = random_values(tokens * d, 3, 1);
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    std::vector<float> d_qkv(tokens * 3 * d, NAN);
    std::vector<float> expected(tokens * 3 * d);
    attention_backward(mode, qkv, bounds, heads, d_context, d_qkv);
    reference::attention_backward(mode, qkv, bounds, heads, d_context, expected);
    expect_near(d_qkv, expected, 1e-5F);
  }
}

TEST_P(Attention, WithARelativeBiasEqualsReference) {
  const std::int64_t reach = std::ranges::max(GetParam().lengths) + 2;
  const std::vector<float> values = random_values(GetParam().heads * (2 * reach + 1), 9, 2);
  expect_reference({values, reach}, 5e-6F);
}

// Local attention: each token sees those at most `window` away.
TEST_P(Attention, WithAWindowEqualsReference) {
  const std::int64_t reach = std::ranges::max(GetParam().lengths);
  const std::vector<float> values = random_values(GetParam().heads * (2 * reach + 1), 9, 2);
  expect_reference({.window = 0}, 5e-6F);
  expect_reference({values, reach, 3}, 5e-6F);
  expect_reference({.window = 64}, 5e-6F);
}

// Tokens and places apart, with and without a window.
TEST_P(Attention, DisentangledEqualsReference) {
  const std::int64_t reach = std::ranges::max(GetParam().lengths) + 2;
  for (const std::int64_t buckets : {8, -1}) {
    const std::int64_t rows = disentangled_rows(buckets, 600);
    const std::vector<float> keys = random_values(rows * d, 4), queries = random_values(rows * d, 5);
    const std::vector<std::int32_t> places = disentangled_places(buckets, 600, reach);
    RelativeBias bias{.disentangled = {keys, queries, places, reach}};
    if (buckets < 0) bias.window = 5;
    expect_reference(bias, 1e-5F);
  }
}

// As long as every token sees the whole text, the bits are those without a window.
TEST_P(Attention, AWindowThatHidesNothingChangesNoBit) {
  const std::int64_t longest = std::ranges::max(GetParam().lengths);
  const std::vector<float> qkv = random_values(tokens * 3 * d, 2, 1);
  std::vector<float> context(tokens * d), expected(tokens * d);
  attention_forward(qkv, bounds, GetParam().heads, context, {}, {.window = longest - 1});
  attention_forward(qkv, bounds, GetParam().heads, expected);
  EXPECT_EQ(context, expected);
}

// The gradient against differences of the function of `values`.
template <class Function>
void expect_slopes(std::vector<float>& values, const std::vector<float>& gradient, const Function& function) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float kept = values[i];
    values[i] = kept + 1e-2F;
    const double above = function();
    values[i] = kept - 1e-2F;
    const double below = function();
    values[i] = kept;
    EXPECT_NEAR(gradient[i], (above - below) / 2e-2, 1e-3) << i;
  }
}

// The bias gradient against differences of the reference, which it shares its equations with.
TEST(AttentionBias, GradientIsTheSlope) {
  const std::vector<std::int32_t> bounds{0, 5, 5, 12};
  const std::int64_t heads = 2;
  const std::size_t d = 8;
  const std::size_t tokens = 12;
  const std::int64_t reach = 7;
  std::vector<float> values = random_values(heads * (2 * reach + 1), 1, 1);
  const std::vector<float> qkv = random_values(tokens * 3 * d, 2, 1);
  const std::vector<float> d_context = random_values(tokens * d, 3, 1);
  std::vector<float> d_qkv(tokens * 3 * d), d_bias(values.size());
  attention_backward(Backward::gradient, qkv, bounds, heads, d_context, d_qkv, {values, reach}, d_bias);
  const auto functional = [&] {
    std::vector<float> context(tokens * d);
    reference::attention_forward(qkv, bounds, heads, context, {}, {values, reach});
    return std::inner_product(context.begin(), context.end(), d_context.begin(), 0.0);
  };
  expect_slopes(values, d_bias, functional);
}

// The gradient that both share their equations for, against differences of the reference.
TEST(DisentangledAttention, GradientIsTheSlope) {
  constexpr std::size_t kTokens = 12, kWidth = 8;  // two heads of four
  const std::vector<std::int32_t> bounds{0, 5, 5, 12};
  const std::vector<float> keys = random_values(8 * kWidth, 4), queries = random_values(8 * kWidth, 5);
  const std::vector<std::int32_t> places = disentangled_places(4, 12, 7);
  const RelativeBias bias{.disentangled = {keys, queries, places, 7}};
  std::vector<float> qkv = random_values(kTokens * 3 * kWidth, 2);
  const std::vector<float> d_context = random_values(kTokens * kWidth, 3);
  std::vector<float> d_qkv(kTokens * 3 * kWidth);
  attention_backward(Backward::gradient, qkv, bounds, 2, d_context, d_qkv, bias);
  expect_slopes(qkv, d_qkv, [&] {
    std::vector<float> context(kTokens * kWidth);
    reference::attention_forward(qkv, bounds, 2, context, {}, bias);
    return std::inner_product(context.begin(), context.end(), d_context.begin(), 0.0);
  });
}

TEST_P(Attention, WeightGradientEqualsReference) {
  const std::int64_t heads = GetParam().heads;
  std::size_t pairs = 0;
  for (const std::int32_t length : GetParam().lengths) pairs += static_cast<std::size_t>(length) * length;
  const std::vector<float> qkv = random_values(tokens * 3 * d, 6, 1);
  const std::vector<float> d_context = random_values(tokens * d, 7, 1);
  std::vector<float> found(heads * pairs, NAN);
  std::vector<float> expected(heads * pairs);
  attention_weight_gradient(qkv, bounds, heads, d_context, found);
  reference::attention_weight_gradient(qkv, bounds, heads, d_context, expected);
  expect_near(found, expected, 1e-5F);
}

TEST_P(Attention, ColumnSumEqualsReference) {
  const std::vector<float> qkv = random_values(tokens * 3 * d, 4, 1);
  const std::vector<float> g = random_values(tokens, 5, 1);
  std::vector<float> a(tokens, NAN);
  std::vector<float> expected(tokens);
  attention_column_sum(qkv, bounds, GetParam().heads, g, a);
  reference::attention_column_sum(qkv, bounds, GetParam().heads, g, expected);
  expect_near(a, expected, 5e-6F);
}

// A worked by hand: with kⱼ = eⱼ and qᵢ = √d_k log A_i the weights are A itself. What tokens take from i is a column of
// it; read along rows, mean pooling, which has the same g everywhere, would tell no token from another.
TEST(ColumnSum, OfThreeTokensIsThatByHand) {
  constexpr float kA[3][3] = {{0.5F, 0.3F, 0.2F}, {0.1F, 0.6F, 0.3F}, {0.2F, 0.2F, 0.6F}};
  constexpr std::size_t kSize = 8;  // d_k
  std::vector<float> qkv(kSize * 3 * 3);
  for (std::size_t i = 0; i < 3; ++i) {
    float* row = &qkv[i * 3 * kSize];
    for (std::size_t j = 0; j < 3; ++j) row[j] = std::sqrt(static_cast<float>(kSize)) * std::log(kA[i][j]);
    row[kSize + i] = 1;
    row[2 * kSize] = 1.0F / 3;  // v: g of mean pooling, so that the context is the reading along rows
  }
  const std::vector<std::int32_t> bounds = {0, 3};
  std::vector<float> a(3);
  attention_column_sum(qkv, bounds, 1, std::vector<float>{1, -2, 3}, a);
  expect_near(a, std::vector<float>{0.5F - 0.2F + 0.6F, 0.3F - 1.2F + 0.6F, 0.2F - 0.6F + 1.8F}, 1e-6F);
  attention_column_sum(qkv, bounds, 1, std::vector<float>(3, 1.0F / 3), a);
  expect_near(a, std::vector<float>{0.8F / 3, 1.1F / 3, 1.1F / 3}, 1e-6F);
  std::vector<float> context(3 * kSize);
  attention_forward(qkv, bounds, 1, context);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(context[i * kSize], 1.0F / 3, 1e-6F);
}

// bf16 activations: the reference on the rounded inputs, its results rounded.
TEST_P(Attention, Bf16EqualsReference) {
  const std::int64_t heads = GetParam().heads;
  const std::vector<Bf16> qkv = rounded(random_values(tokens * 3 * d, 7, 1));
  const std::vector<Bf16> d_context = rounded(random_values(tokens * d, 8, 1));
  const std::vector<float> g = random_values(tokens, 9, 1);
  std::vector<Bf16> context(tokens * d);
  std::vector<float> expected(tokens * d);
  attention_forward(qkv, bounds, heads, context);
  reference::attention_forward(widened(qkv), bounds, heads, expected);
  expect_near(widened(context), expected, kBf16Rounding);
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    std::vector<Bf16> d_qkv(tokens * 3 * d);
    std::vector<float> expected_d(tokens * 3 * d);
    attention_backward(mode, qkv, bounds, heads, d_context, d_qkv);
    reference::attention_backward(mode, widened(qkv), bounds, heads, widened(d_context), expected_d);
    expect_near(widened(d_qkv), expected_d, kBf16Rounding);
  }
  std::vector<float> a(tokens, NAN);
  std::vector<float> expected_a(tokens);
  attention_column_sum(qkv, bounds, heads, g, a);
  reference::attention_column_sum(widened(qkv), bounds, heads, g, expected_a);
  expect_near(a, expected_a, 5e-6F);
}

TEST_P(Attention, TextsDoNotSeeEachOther) {
  const std::int64_t heads = GetParam().heads;
  const std::vector<float> qkv = random_values(tokens * 3 * d, 6, 1);
  std::vector<float> context(tokens * d);
  attention_forward(qkv, bounds, heads, context);
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const std::size_t first = bounds[text];
    const std::size_t n = bounds[text + 1] - first;
    const std::vector<std::int32_t> alone{0, static_cast<std::int32_t>(n)};
    std::vector<float> expected(n * d);
    attention_forward(std::span(qkv).subspan(first * 3 * d, n * 3 * d), alone, heads, expected);
    for (std::size_t i = 0; i < n * d; ++i) ASSERT_EQ(context[first * d + i], expected[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Attention,
                         testing::Values(Shape{{1}, 1, 1}, Shape{{1, 2, 3}, 2, 8}, Shape{{5, 1, 17}, 3, 5},
                                         Shape{{7, 8, 9, 16, 31, 33}, 12, 32}, Shape{{54, 3}, 4, 64},
                                         Shape{{512}, 2, 32}, Shape{{129, 0, 130}, 1, 33}, Shape{{600}, 1, 64}),
                         [](const auto& info) {
                           std::string name = std::to_string(info.param.heads);
                           name += "_heads_of_" + std::to_string(info.param.head_size);
                           for (const std::int32_t length : info.param.lengths)
                             name.append("_").append(std::to_string(length));
                           return name;
                         });

// One text and head in every instruction set that this CPU has.
class AttentionVersions : public testing::TestWithParam<std::int64_t> {};  // a window

TEST_P(AttentionVersions, EqualReference) {
  const RelativeBias bias{.window = GetParam()};
  std::mt19937 generator(8);
  std::normal_distribution<float> normal(0, 1);
  for (const std::ptrdiff_t n : {1, 2, 5, 6, 19, 65, 130}) {
    for (const std::ptrdiff_t d : {1, 6, 32, 50}) {
      const std::vector<std::int32_t> bounds{0, static_cast<std::int32_t>(n)};
      std::vector<float> qkv(n * 3 * d);
      std::vector<float> d_context(n * d);
      for (float& value : qkv) value = normal(generator);
      for (float& value : d_context) value = normal(generator);
      const std::span<const float> g = std::span(d_context).first(n);
      std::vector<float> context(n * d);
      std::vector<float> d_qkv(n * 3 * d);
      std::vector<float> a(n);
      reference::attention_forward(qkv, bounds, 1, context, {}, bias);
      reference::attention_backward(Backward::gradient, qkv, bounds, 1, d_context, d_qkv, bias);
      reference::attention_column_sum(qkv, bounds, 1, g, a);
      for (const attention::Version<float>& version : attention::versions<float>()) {
        const attention::Task<float> task{
            qkv.data(), qkv.data() + d, qkv.data() + 2 * d, 3 * d, n, d, 1 / std::sqrt(static_cast<float>(d)),
            nullptr,    bias.window};
        attention::Scratch scratch;
        const auto again = [&] { scratch.reserve(n, d); };
        std::vector<float> actual(n * d, NAN);
        again();
        version.forward(task, scratch, actual.data(), d, nullptr);
        for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], context[i], 1e-5F);
        std::vector<float> actual_d(n * 3 * d, NAN);
        again();
        version.backward(task, scratch, false, d_context.data(), d, actual_d.data(), actual_d.data() + d,
                         actual_d.data() + 2 * d, nullptr);
        for (std::size_t i = 0; i < actual_d.size(); ++i) ASSERT_NEAR(actual_d[i], d_qkv[i], 2e-5F);
        if (bias.window < n - 1) continue;  // a column sum has none
        std::vector<float> actual_a(n, NAN);
        again();
        version.column_sum(task, scratch, g.data(), actual_a.data());
        for (std::size_t i = 0; i < actual_a.size(); ++i) ASSERT_NEAR(actual_a[i], a[i], 1e-5F);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Windows, AttentionVersions, testing::Values(5, RelativeBias::kWholeText));

// The reference itself against central differences of Σ context · d_context.
TEST(AttentionReference, GradientEqualsCentralDifferences) {
  const std::vector<std::int32_t> bounds{0, 3, 5};
  const std::int64_t heads = 2;
  const std::size_t d = 4;
  std::mt19937 generator(7);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> qkv(15 * d);
  std::vector<float> d_context(5 * d);
  for (float& value : qkv) value = normal(generator);
  for (float& value : d_context) value = normal(generator);
  std::vector<float> gradient(qkv.size());
  reference::attention_backward(Backward::gradient, qkv, bounds, heads, d_context, gradient);
  const auto objective = [&] {
    std::vector<float> context(5 * d);
    reference::attention_forward(qkv, bounds, heads, context);
    return std::inner_product(context.begin(), context.end(), d_context.begin(), 0.0);
  };
  expect_slopes(qkv, gradient, objective);
}

}  // namespace
}  // namespace pellucid
