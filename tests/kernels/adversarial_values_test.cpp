// Values that chance does not draw: denormal, huge, all equal, cancelling, attention on one token alone, texts of 1 and
// 512 tokens; each kernel against its reference, which computes in double.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/adamw.h"
#include "kernels/attention.h"
#include "kernels/attention_tasks.h"
#include "kernels/causal_convolution.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"
#include "kernels/quantise.h"
#include "kernels/random_values.h"
#include "kernels/row_dots.h"
#include "kernels/selective_scan.h"

namespace pellucid {
namespace {

constexpr float kDenormal = 1e-40F;

struct Kind {
  const char* name;
  float scale;       // of normal values
  float centre = 0;  // added to all
};
constexpr Kind kKinds[] = {{"denormal", kDenormal}, {"tiny", 1e-30F},    {"usual", 1}, {"large", 1e6F},
                           {"huge", 1e15F},         {"equal", 0, 0.75F}, {"zero", 0},  {"offset", 1, 1e5F},
                           {"spread", 1e-3F, -7}};

std::vector<float> values_of(const Kind& kind, std::size_t size, unsigned seed) {
  return random_values(size, seed, kind.scale, kind.centre);
}

class Adversarial : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, Adversarial, testing::ValuesIn(kKinds),
                         [](const auto& info) { return std::string(info.param.name); });

// Relative to the largest expected value, whatever its size; expect_near() is absolute below 1.
void expect_close(std::span<const float> actual, std::span<const float> expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  double largest = std::numeric_limits<float>::min();
  for (const float value : expected) largest = std::max<double>(largest, std::abs(value));
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], tolerance * largest) << i;
}

TEST_P(Adversarial, LinearEqualsReference) {
  for (const auto& [rows, in, out] : {std::array<std::size_t, 3>{1, 1, 1}, {3, 384, 5}, {130, 64, 96}}) {
    const std::vector<float> weight = random_values(in * out, 1);
    const std::vector<float> bias(out, 0.0F);
    const std::vector<float> x = values_of(GetParam(), rows * in, 2);
    const std::vector<float> d_y = values_of(GetParam(), rows * out, 3);
    std::vector<float> y(rows * out), d_x(rows * in), actual(rows * out, NAN), actual_d(rows * in, NAN);
    reference::linear_forward(weight, bias, static_cast<std::int64_t>(in), x, y);
    reference::linear_backward(weight, static_cast<std::int64_t>(in), d_y, d_x);
    const Linear linear(weight, bias, Precision::fp32);
    linear.forward(x, actual);
    linear.backward(d_y, actual_d);
    // A sum's rounding is relative to its terms, which may cancel: √in times as large as what is left of them.
    const double rounding =
        2e-7 * std::sqrt(static_cast<double>(std::max(in, out))) * (1 + std::abs(GetParam().centre));
    expect_close(actual, y, rounding);
    expect_close(actual_d, d_x, rounding);
  }
}

TEST_P(Adversarial, LayerNormEqualsReference) {
  for (const std::size_t d : {1, 3, 32, 384}) {
    const std::size_t rows = 5;
    const std::vector<float> scale = random_values(d, 1, 0.3F, 1);
    const std::vector<float> shift = random_values(d, 2);
    const LayerNormWeights weights{scale, shift, 1e-12F};
    std::vector<float> x = values_of(GetParam(), rows * d, 3);
    std::vector<float> expected_x = x;
    std::vector<float> y(x.size(), NAN), mean(rows), rstd(rows), expected(x.size()), expected_mean(rows),
        expected_rstd(rows);
    layer_norm_forward(weights, {}, x, y, mean, rstd);
    reference::layer_norm_forward(weights, {}, expected_x, expected, expected_mean, expected_rstd);
    if (d > 1 && GetParam().scale > 0) expect_close(y, expected, 1e-5);
    for (const float value : y) ASSERT_TRUE(std::isfinite(value));
    expect_close(mean, expected_mean, 1e-5);
    for (std::size_t t = 0; t < rows; ++t) ASSERT_TRUE(std::isfinite(rstd[t]) && rstd[t] > 0);
    if (d == 1 || GetParam().scale == 0) {  // nothing to tell apart: what is left is β
      for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], shift[i % d], 1e-3F);
      continue;
    }
    const std::vector<float> d_y = random_values(x.size(), 4);
    for (const Backward mode : {Backward::exact, Backward::gradient}) {
      std::vector<float> d_x(x.size(), NAN);
      layer_norm_backward(mode, weights, x, mean, rstd, d_y, d_x);
      reference::layer_norm_backward(mode, weights, x, mean, rstd, d_y, expected);
      expect_close(d_x, expected, 1e-4);
    }
  }
}

TEST_P(Adversarial, GeluEqualsReference) {
  const std::vector<float> x = values_of(GetParam(), 1001, 1);
  std::vector<float> y(x.size(), NAN), expected(x.size());
  gelu_forward(x, y);
  reference::gelu_forward(x, expected);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(y[i], expected[i], 2e-7F * std::max(std::numeric_limits<float>::min(), std::abs(x[i]))) << x[i];
  }
  const std::vector<float> d_y = random_values(x.size(), 2);
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    gelu_backward(mode, x, d_y, y);
    reference::gelu_backward(mode, x, d_y, expected);
    expect_close(y, expected, 1e-6);
  }
}

TEST_P(Adversarial, RowDotsEqualSumsInDouble) {  // but for the rounding of fp32, which lanes are summed in
  const std::size_t rows = 7, d = 384;
  const std::vector<float> a = values_of(GetParam(), rows * d, 1);
  const std::vector<float> b = random_values(rows * d, 2);
  std::vector<double> sums(rows, 0.5);
  add_row_dots(a, b, sums);
  for (std::size_t t = 0; t < rows; ++t) {
    double expected = 0.5, terms = 0.5;
    for (std::size_t k = t * d; k < (t + 1) * d; ++k) {
      expected += static_cast<double>(a[k]) * b[k];
      terms += std::abs(static_cast<double>(a[k]) * b[k]);
    }
    ASSERT_NEAR(sums[t], expected, 1e-6 * terms);
  }
}

// Queries and keys of each kind; values are usual ones.
TEST_P(Adversarial, AttentionEqualsReference) {
  // Scores grow with the square: what overflows in fp32 is no input of a model.
  if (GetParam().scale * GetParam().scale > 1e12F) GTEST_SKIP() << "scores beyond fp32";
  for (const std::int32_t n : {1, 2, 37, 512}) {
    const std::int64_t heads = 2;
    const std::size_t d = 16;
    const std::vector<std::int32_t> bounds{0, n};
    std::vector<float> qkv = values_of(GetParam(), static_cast<std::size_t>(n) * 3 * d, 1);
    const std::vector<float> ordinary = random_values(qkv.size(), 2);
    for (std::size_t i = 0; i < qkv.size(); ++i) {
      if (i % (3 * d) >= 2 * d) qkv[i] = ordinary[i];
    }
    std::vector<float> context(n * d, NAN), expected(n * d), weights(heads * n * n, NAN),
        expected_weights(heads * n * n);
    attention_forward(qkv, bounds, heads, context, weights);
    reference::attention_forward(qkv, bounds, heads, expected, expected_weights);
    // A score's rounding goes into the exponential as it stands.
    const double largest = GetParam().scale + std::abs(GetParam().centre);
    const double rounding = 1e-5 + 4e-6 * largest * largest;
    for (std::int64_t row = 0; row < heads * n; ++row) {
      double sum = 0;
      for (std::int32_t i = 0; i < n; ++i) sum += weights[row * n + i];
      ASSERT_NEAR(sum, 1, 1e-5);
    }
    if (rounding < 0.1) {
      expect_close(context, expected, rounding);
      expect_close(weights, expected_weights, rounding);
    }
    for (const float value : context) ASSERT_TRUE(std::isfinite(value));
    const std::vector<float> d_context = random_values(context.size(), 3);
    std::vector<float> d_qkv(qkv.size(), NAN);
    for (const Backward mode : {Backward::exact, Backward::gradient}) {
      attention_backward(mode, qkv, bounds, heads, d_context, d_qkv);
      for (const float value : d_qkv) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

// Every token attends to token n / 2 alone: its score is 10^6, the others' are 0; no rounding anywhere.
TEST(AdversarialAttention, OneHotCopiesTheValue) {
  for (const std::int32_t n : {1, 7, 64, 512}) {
    const std::size_t d = 8;
    const std::vector<std::int32_t> bounds{0, n};
    std::vector<float> qkv = random_values(static_cast<std::size_t>(n) * 3 * d, 1);
    for (std::int32_t t = 0; t < n; ++t) {
      float* row = qkv.data() + static_cast<std::size_t>(t) * 3 * d;
      for (std::size_t k = 0; k < d; ++k) {
        row[k] = 1000;
        row[d + k] = t == n / 2 ? 1000.0F : 0.0F;
      }
    }
    const auto middle = static_cast<std::size_t>(n / 2);
    const std::vector<float> value(qkv.data() + middle * 3 * d + 2 * d, qkv.data() + (middle + 1) * 3 * d);
    std::vector<float> context(n * d, NAN), weights(static_cast<std::size_t>(n) * n, NAN);
    attention_forward(qkv, bounds, 1, context, weights);
    for (std::int32_t j = 0; j < n; ++j) {
      for (std::int32_t i = 0; i < n; ++i) ASSERT_NEAR(weights[j * n + i], i == n / 2 ? 1 : 0, 1e-30);
      for (std::size_t k = 0; k < d; ++k) ASSERT_FLOAT_EQ(context[j * d + k], value[k]);
    }
    std::vector<float> d_qkv(qkv.size(), NAN), expected(qkv.size());
    const std::vector<float> d_context = random_values(context.size(), 2);
    attention_backward(Backward::gradient, qkv, bounds, 1, d_context, d_qkv);
    reference::attention_backward(Backward::gradient, qkv, bounds, 1, d_context, expected);
    expect_near(d_qkv, expected, 1e-4F);  // what should be 0 is rounding times keys of 1000
  }
}

// Equal scores, however large, share evenly; in every instruction set that this CPU has.
TEST(AdversarialAttention, EqualScoresShareEvenly) {
  for (const float size : {0.0F, kDenormal, 1.0F, 1e9F, -1e9F}) {
    for (const std::ptrdiff_t n : {1, 5, 33, 512}) {
      const std::ptrdiff_t d = 32;
      std::vector<float> qkv(n * 3 * d, size);
      for (std::ptrdiff_t t = 0; t < n; ++t) {
        for (std::ptrdiff_t k = 0; k < d; ++k) qkv[t * 3 * d + 2 * d + k] = static_cast<float>(t);
      }
      for (const attention::Version<float>& version : attention::versions<float>()) {
        const attention::Task<float> task{
            qkv.data(), qkv.data() + d, qkv.data() + 2 * d, 3 * d, n, d, 1 / std::sqrt(static_cast<float>(d))};
        attention::Scratch scratch;
        scratch.reserve(n, d);
        std::vector<float> context(n * d, NAN);
        version.forward(task, scratch, context.data(), d, nullptr);
        const float mean = static_cast<float>(n - 1) / 2;
        for (const float value : context) ASSERT_NEAR(value, mean, 1e-5F * std::max(mean, 1.0F)) << size << " " << n;
      }
    }
  }
}

// What is no number must not come out as one.
TEST(AdversarialAttention, NotANumberStaysVisible) {
  const std::vector<std::int32_t> bounds{0, 40};
  std::vector<float> all = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  for (const std::uint32_t bits : {0x7F800001U, 0x7FC00001U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    all.push_back(std::bit_cast<float>(bits));
  }
  for (const float bad : all) {
    const std::size_t d = 8;
    std::vector<float> qkv = random_values(std::size_t{40} * 3 * d, 1);
    qkv[std::size_t{7} * 3 * d + 2] = bad;  // of token 7's query
    std::vector<float> context(40 * d);
    attention_forward(qkv, bounds, 1, context);
    bool seen = false;
    for (std::size_t k = 0; k < d; ++k) seen = seen || !std::isfinite(context[7 * d + k]);
    EXPECT_TRUE(seen) << bad;
  }
  std::vector<float> x = random_values(64, 2);
  x[5] = NAN;
  std::vector<float> y(64);
  gelu_forward(x, y);
  EXPECT_TRUE(std::isnan(y[5]));
  const std::vector<float> ones(64, 1.0F);
  layer_norm_forward({ones, ones, 1e-12F}, {}, x, y);
  EXPECT_TRUE(std::isnan(y[0]));
}

std::vector<double> wide(const std::vector<float>& from) {
  return {from.begin(), from.end()};
}
std::vector<float> narrow(const std::vector<double>& from) {
  return {from.begin(), from.end()};
}

TEST_P(Adversarial, SelectiveScanEqualsReference) {
  const std::size_t d = 5, state = 3;
  for (const std::int32_t n : {1, 512}) {
    const std::vector<std::int32_t> bounds{0, n};
    const std::vector<float> x = values_of(GetParam(), n * d, 1), step = random_values(n * d, 2, 2, -1),
                             a(d * state, -0.5F), b = random_values(n * state, 4), c = random_values(n * state, 5),
                             skip = random_values(d, 6);
    const auto x64 = wide(x), step64 = wide(step), a64 = wide(a), b64 = wide(b), c64 = wide(c), skip64 = wide(skip);
    std::vector<float> y(n * d, NAN);
    std::vector<double> expected(n * d);
    selective_scan_forward({x, step, a, b, c, skip}, bounds, ReadingOrder::forward, y);
    reference::selective_scan_forward({x64, step64, a64, b64, c64, skip64}, bounds, ReadingOrder::forward, expected);
    expect_close(y, narrow(expected), 1e-5);
  }
}

TEST_P(Adversarial, CausalConvolutionEqualsReference) {
  const std::size_t d = 67;
  for (const std::int32_t n : {1, 3, 512}) {
    const std::vector<std::int32_t> bounds{0, n};
    const std::vector<float> x = values_of(GetParam(), n * d, 1), weight = random_values(d * kConvolutionWidth, 2),
                             bias(d, 0.0F), d_y = random_values(n * d, 4);
    const auto x64 = wide(x), weight64 = wide(weight), bias64 = wide(bias), d_y64 = wide(d_y);
    std::vector<float> y(n * d, NAN), d_x(n * d, NAN), d_weight(weight.size()), d_bias(d);
    std::vector<double> y64(n * d), d_x64(n * d), d_weight64(weight.size()), d_bias64(d);
    // What cancels in a sum beside an offset is the rounding of that offset.
    const double rounding = 1e-5 * (1 + std::abs(GetParam().centre));
    for (const ReadingOrder order : {ReadingOrder::forward, ReadingOrder::reversed}) {
      causal_convolution_forward({weight, bias}, bounds, order, x, y);
      reference::causal_convolution_forward({weight64, bias64}, bounds, order, x64, y64);
      expect_close(y, narrow(y64), rounding);
      causal_convolution_backward({weight, bias}, bounds, order, x, d_y, d_x, d_weight, d_bias);
      reference::causal_convolution_backward({weight64, bias64}, bounds, order, x64, d_y64, d_x64, d_weight64,
                                             d_bias64);
      expect_close(d_x, narrow(d_x64), rounding);
      expect_close(d_weight, narrow(d_weight64), rounding);
      expect_close(d_bias, narrow(d_bias64), rounding);
    }
  }
}

TEST_P(Adversarial, EmbeddingEqualsReference) {
  const std::size_t d = 33, words = 7, positions = 6;
  const std::vector<float> table = values_of(GetParam(), words * d, 1),
                           places = values_of(GetParam(), positions * d, 2), type = values_of(GetParam(), d, 3);
  const std::vector<std::int32_t> ids{0, 6, 6, 3, 0, 1}, bounds{0, 1, 6};
  std::vector<float> out(ids.size() * d, NAN), expected(ids.size() * d);
  embedding_forward({table, places, type}, ids, bounds, {}, out);
  reference::embedding_forward({table, places, type}, ids, bounds, {}, expected);
  expect_close(out, expected, 3e-7);
}

TEST_P(Adversarial, DropoutScalesWhatItKeeps) {
  const std::vector<float> x = values_of(GetParam(), 1001, 1);
  std::vector<float> out(x.size(), NAN), back(x.size(), NAN);
  const Dropout dropout{0.3F, 7};
  dropout_add(dropout, {}, x, out);
  dropout_backward(dropout, x, back);
  EXPECT_EQ(out, back) << "the same mask";
  const std::vector<float> ones(x.size(), 1.0F);
  std::vector<float> mask(x.size());
  dropout_add(dropout, {}, ones, mask);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(out[i], mask[i] == 0 ? 0.0 : x[i] / 0.7, 2e-7 * std::abs(x[i]) + std::numeric_limits<float>::min());
  }
}

TEST_P(Adversarial, QuantisedRowsAreWithinHalfAStep) {
  const std::size_t rows = 5, d = 67;
  const std::vector<float> x = values_of(GetParam(), rows * d, 1);
  std::vector<float> scales(rows, NAN);
  std::vector<std::uint8_t> q(x.size());
  quantise_rows(std::span<const float>(x), scales, q);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = static_cast<double>(scales[i / d]) * (q[i] - kZeroPoint);
    // A row of denormal numbers alone may become 0.
    ASSERT_NEAR(value, x[i], 0.5001 * scales[i / d] + std::numeric_limits<float>::min()) << i;
  }
}

TEST_P(Adversarial, Bf16IsTheNearest) {
  for (const float x : values_of(GetParam(), 1001, 1)) {
    const float actual = to_float(to_bf16(x));
    const double distance = std::abs(static_cast<double>(actual) - x);
    for (const int step : {-1, 1}) {  // the neighbours are no nearer
      const auto bits = static_cast<std::uint16_t>(static_cast<std::uint16_t>(to_bf16(x)) + step);
      const double other = to_float(static_cast<Bf16>(bits));
      if (std::isfinite(other)) {
        ASSERT_LE(distance, std::abs(other - x)) << x;
      }
    }
  }
  for (const float x : {0.0F, -0.0F, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(to_float(to_bf16(x))), std::bit_cast<std::uint32_t>(x));
  }
}

// Bits that an operation on damaged weights can give; plain rounding makes 0 of them.
TEST(Bf16, WhatIsNoNumberStaysNone) {
  for (const std::uint32_t bits : {0x7F800001U, 0x7FC00000U, 0x7FFF8000U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    EXPECT_TRUE(std::isnan(to_float(to_bf16(std::bit_cast<float>(bits))))) << bits;
  }
}

TEST_P(Adversarial, AdamWStepsByAboutTheRateWhateverTheGradientsSize) {
  const std::size_t d = 37;
  const std::vector<float> gradient = values_of(GetParam(), d, 1);
  std::vector<float> parameter(d, 1.0F), m(d), v(d);
  const std::vector<std::int64_t> reached{0};
  adamw_rows({0.01F, 0, 0.9F, 0.999F, 1e-8F, 0.1F, 0.001F}, static_cast<std::int64_t>(d), reached, gradient, parameter,
             m, v);
  for (std::size_t i = 0; i < d; ++i) {
    const double g = gradient[i];  // at the first step the corrected moments are g and g²
    ASSERT_NEAR(parameter[i], 1 - 0.01 * g / (std::abs(g) + 1e-8), 2e-7) << g;
  }
}

}  // namespace
}  // namespace pellucid
