#include "kernels/quantise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/linear.h"
#include "kernels/random_values.h"

namespace pellucid {
namespace {

TEST(Quantise, RowsAreWithinHalfAStep) {
  const std::size_t rows = 5;
  const std::size_t d = 67;
  std::vector<float> x = random_values(rows * d, 1);
  std::fill_n(x.begin() + 2 * d, d, 0.0F);
  std::vector<float> scales(rows);
  std::vector<std::uint8_t> q(rows * d);
  quantise_rows(std::span<const float>(x), scales, q);
  EXPECT_EQ(scales[2], 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float scale = scales[i / d];
    EXPECT_NEAR(scale * static_cast<float>(q[i] - kZeroPoint), x[i], scale * 0.5001F) << i;
    EXPECT_GE(q[i], 1);
  }
}

TEST(Quantise, WeightsAreWithinHalfAStep) {
  const std::vector<float> w = random_values(std::size_t{7} * 33, 2);
  std::vector<float> scales(7);
  std::vector<std::int8_t> q(w.size());
  quantise_weights(w, scales, q);
  for (std::size_t i = 0; i < w.size(); ++i) {
    EXPECT_NEAR(scales[i / 33] * static_cast<float>(q[i]), w[i], scales[i / 33] * 0.5001F) << i;
  }
}

TEST(Quantise, WhatIsNoNumberStaysNone) {
  for (const float damage : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> x = random_values(40, 3);
    x[17] = damage;
    std::vector<float> scales(2);
    std::vector<std::uint8_t> q(40);
    quantise_rows(std::span<const float>(x), scales, q);
    EXPECT_TRUE(std::isfinite(scales[1]));
    EXPECT_TRUE(std::isnan(scales[0]) || std::isinf(scales[0]));
  }
}

// Rows, in, out.
class Int8Linear : public testing::TestWithParam<std::tuple<std::size_t, std::int64_t, std::int64_t>> {};

// The reference on quantised operands: what integers cannot hold is the only difference from fp32.
TEST_P(Int8Linear, EqualsTheReferenceOnQuantisedOperands) {
  if (!cpu_has(Precision::int8)) GTEST_SKIP() << "this CPU does not multiply int8";
  const auto [rows, in, out] = GetParam();
  std::vector<float> weight = random_values(in * out, 1);
  const std::vector<float> bias = random_values(out, 2);
  std::vector<float> x = random_values(rows * in, 3);
  const Linear linear(weight, bias, Precision::int8);
  std::vector<float> y(rows * out, NAN);
  linear.forward(x, y);
  std::vector<float> without(rows * out, NAN);
  linear.linear(x, without);
  std::vector<Bf16> narrow_y(rows * out);
  linear.forward(x, narrow_y);

  std::vector<float> scales(rows);
  std::vector<std::uint8_t> q(x.size());
  quantise_rows(std::span<const float>(x), scales, q);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = scales[i / in] * static_cast<float>(q[i] - kZeroPoint);
  std::vector<float> weight_scales(out);
  std::vector<std::int8_t> weight_q(weight.size());
  quantise_weights(weight, weight_scales, weight_q);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = weight_scales[i / in] * static_cast<float>(weight_q[i]);
  std::vector<float> expected(rows * out);
  reference::linear_forward(weight, bias, in, x, expected);
  expect_near(y, expected, 2e-6F);
  expect_near(widened(narrow_y), expected, 2 * kBf16Rounding);  // rounded before it is scaled, and after
  for (std::size_t i = 0; i < without.size(); ++i) without[i] += bias[i % out];
  expect_near(without, expected, 2e-6F);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Int8Linear,
                         testing::Values(std::tuple{1, 1, 1}, std::tuple{1, 384, 4}, std::tuple{3, 7, 5},
                                         std::tuple{64, 65, 33}, std::tuple{131, 96, 96}, std::tuple{1100, 384, 48}));

}  // namespace
}  // namespace pellucid
