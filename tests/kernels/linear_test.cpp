#include "kernels/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "kernels/random_values.h"
#include "kernels/threads.h"

namespace pellucid {
namespace {

// Rows, in, out.
class LinearShapes : public testing::TestWithParam<std::tuple<std::size_t, std::int64_t, std::int64_t>> {};

TEST_P(LinearShapes, EqualsReferenceInBothWays) {
  const auto [rows, in, out] = GetParam();
  const std::vector<float> weight = random_values(in * out, 1);
  const std::vector<float> bias = random_values(out, 2);
  const std::vector<float> x = random_values(rows * in, 3);
  const std::vector<float> d_y = random_values(rows * out, 4);
  std::vector<float> y(rows * out);
  std::vector<float> d_x(rows * in);
  reference::linear_forward(weight, bias, in, x, y);
  reference::linear_backward(weight, in, d_y, d_x);

  const Linear linear(weight, bias, Precision::fp32);
  std::vector<float> actual(rows * out, NAN);
  linear.forward(x, actual);
  expect_near(actual, y, 1e-6F);
  std::vector<float> without(rows * out, NAN);
  linear.linear(x, without);
  for (std::size_t i = 0; i < without.size(); ++i) without[i] += bias[i % out];
  expect_near(without, y, 1e-6F);
  std::vector<float> actual_d(rows * in, NAN);
  linear.backward(d_y, actual_d);
  expect_near(actual_d, d_x, 1e-6F);

  if (!cpu_has(Precision::bf16)) return;
  const Linear narrow(weight, bias, Precision::bf16);
  narrow.forward(x, actual);
  expect_near(actual, y, 5e-3F);  // operands keep 8 bits
  narrow.backward(d_y, actual_d);
  expect_near(actual_d, d_x, 5e-3F);
}

TEST_P(LinearShapes, TakesAndGivesBf16) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "this CPU does not multiply bf16";
  const auto [rows, in, out] = GetParam();
  const std::vector<float> weight = widened(rounded(random_values(in * out, 1)));
  const std::vector<float> bias = random_values(out, 2);
  const std::vector<Bf16> x = rounded(random_values(rows * in, 3));
  const std::vector<Bf16> d_y = rounded(random_values(rows * out, 4));
  std::vector<float> y(rows * out);
  std::vector<float> d_x(rows * in);
  reference::linear_forward(weight, bias, in, widened(x), y);
  reference::linear_backward(weight, in, widened(d_y), d_x);
  const Linear linear(weight, bias, Precision::bf16);
  std::vector<float> wide(rows * out, NAN);
  linear.forward(x, wide);
  expect_near(wide, y, 1e-5F);
  std::vector<Bf16> narrow(rows * out);
  linear.forward(x, narrow);
  expect_near(widened(narrow), y, kBf16Rounding);

  std::vector<Bf16> narrow_d(rows * in);
  linear.backward(d_y, narrow_d);
  expect_near(widened(narrow_d), d_x, kBf16Rounding);
  std::vector<float> sum(rows * in, 1);
  linear.backward(d_y, sum, /*add=*/true);
  for (float& value : d_x) value += 1;
  expect_near(sum, d_x, 1e-5F);
}

TEST_P(LinearShapes, GradientsEqualReference) {
  const auto [rows, in, out] = GetParam();
  const std::vector<float> x = random_values(rows * in, 5);
  const std::vector<float> d_y = random_values(rows * out, 6);
  const auto compare = [&](const ConstActivations& d_rows, const ConstActivations& x_rows, float tolerance) {
    std::vector<float> d_weight(out * in, 1);
    std::vector<float> d_bias(out, 1);
    std::vector<float> expected = d_weight;
    std::vector<float> expected_bias = d_bias;
    std::vector<float> wide_d(d_y.size());
    std::vector<float> wide_x(x.size());
    to_fp32(d_rows, wide_d);
    to_fp32(x_rows, wide_x);
    reference::linear_gradients(wide_d, wide_x, out, expected, expected_bias);
    add_weight_gradient(d_rows, x_rows, out, d_weight);
    add_bias_gradient(d_rows, d_bias);
    expect_near(d_weight, expected, tolerance);
    expect_near(d_bias, expected_bias, tolerance);
  };
  compare(d_y, x, 2e-6F);
  if (cpu_has(Precision::bf16)) compare(rounded(d_y), rounded(x), 1e-5F);
}

TEST(Linear, PacksAgainWhatHasChanged) {
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (precision == Precision::bf16 && !cpu_has(Precision::bf16)) continue;
    std::vector<float> weight(std::size_t{64} * 64, 1);
    const std::vector<float> bias(64, 0);
    Linear linear(weight, bias, precision);
    std::vector<float> x(64, 1);
    std::vector<float> y(64);
    linear.forward(x, y);
    linear.backward(x, y);
    EXPECT_EQ(y[0], 64);
    std::ranges::fill(weight, 2.0F);
    linear.repack();
    linear.forward(x, y);
    EXPECT_EQ(y[0], 128);
    linear.backward(x, y);
    EXPECT_EQ(y[0], 128);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, LinearShapes,
                         testing::Values(std::tuple{1, 1, 1}, std::tuple{1, 384, 4}, std::tuple{3, 7, 5},
                                         std::tuple{53, 32, 64}, std::tuple{64, 65, 33}, std::tuple{79, 96, 96},
                                         std::tuple{512, 64, 17}, std::tuple{1100, 33, 48}));

TEST(Linear, StackedPartsEqualOneMatrix) {
  const std::size_t rows = 70;
  for (const std::int64_t in : {5, 64}) {  // widths with and without a packed layout of their own
    const std::vector<float> weight = random_values(3 * in * in, 1);
    const std::vector<float> bias = random_values(3 * in, 2);
    const std::vector<float> x = random_values(rows * in, 3);
    const std::vector<float> d_y = random_values(rows * 3 * in, 4);
    std::vector<Linear::Part> parts;
    for (std::int64_t p = 0; p < 3; ++p) {
      parts.push_back({std::span(weight).subspan(p * in * in, in * in), std::span(bias).subspan(p * in, in)});
    }
    std::vector<float> y(rows * 3 * in);
    std::vector<float> d_x(rows * in);
    reference::linear_forward(weight, bias, in, x, y);
    reference::linear_backward(weight, in, d_y, d_x);
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      if (precision == Precision::bf16 && !cpu_has(Precision::bf16)) continue;
      const float rounding = precision == Precision::fp32 ? 1e-6F : 5e-3F;
      const Linear linear(parts, precision);
      ASSERT_EQ(linear.out(), 3 * in);
      std::vector<float> actual(rows * 3 * in, NAN);
      linear.forward(x, actual);
      expect_near(actual, y, rounding);
      std::vector<float> actual_d(rows * in, NAN);
      linear.backward(d_y, actual_d);
      expect_near(actual_d, d_x, rounding);

      std::vector<float> last(rows * in);  // d_y of the last part
      for (std::size_t t = 0; t < rows; ++t) {
        std::copy_n(d_y.begin() + (t * 3 + 2) * in, in, last.begin() + t * in);
      }
      reference::linear_backward(parts[2].weight, in, last, d_x);
      linear.backward_part(2, d_y, actual_d);
      expect_near(actual_d, d_x, rounding);
      reference::linear_backward(weight, in, d_y, d_x);
    }
  }
}

TEST(Linear, RowsDoNotDependOnTheirCompany) {
  const std::int64_t in = 48;
  const std::int64_t out = 32;
  const std::vector<float> weight = random_values(in * out, 1);
  const std::vector<float> bias = random_values(out, 2);
  const std::vector<float> x = random_values(1000 * in, 3);
  const Linear linear(weight, bias, Precision::fp32);
  std::vector<float> all(1000 * out);
  linear.forward(x, all);
  for (const std::size_t rows : {1, 2, 17, 100, 513}) {
    std::vector<float> some(rows * out);
    linear.forward(std::span(x).first(rows * in), some);
    for (std::size_t i = 0; i < some.size(); ++i) ASSERT_NEAR(some[i], all[i], 1e-5F);
  }
}

// oneDNN may share the depth of a product out among many threads where it is not in a parallel region, and adds up
// otherwise then.
TEST(Linear, Bf16RowsHaveTheSameBitsInAnyCompanyWithManyThreads) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "this CPU does not multiply bf16";
  const ThreadsMeanwhile many(16);
  const std::int64_t in = 1536;
  const std::int64_t out = 384;
  const std::vector<float> weight = random_values(in * out, 1);
  const std::vector<float> bias = random_values(out, 2);
  const std::vector<float> x = random_values(64 * in, 3);
  std::vector<float> all(64 * out);
  const Linear linear(weight, bias, Precision::bf16);
#pragma omp parallel for schedule(static, 1)
  for (int block = 0; block < 2; ++block) {
    if (block == 0) linear.forward(x, all);
  }
  for (const std::size_t rows : {1, 2, 20, 40, 63}) {
    const Linear alone(weight, bias, Precision::bf16);
    std::vector<float> some(rows * out);
    alone.forward(std::span(x).first(rows * in), some);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << rows;
  }
}

// oneDNN's own products of AVX2 fail this.
TEST(Linear, RowsHaveTheSameBitsInAnyCompanyWithoutAvx512) {
  if (__builtin_cpu_supports("avx512f")) GTEST_SKIP() << "other products here";
  for (const std::int64_t in : {48, 384}) {
    const std::int64_t out = 96;
    const std::vector<float> weight = random_values(in * out, 1);
    const std::vector<float> bias = random_values(out, 2);
    const Linear linear(weight, bias, Precision::fp32);
    const std::vector<float> x = random_values(64 * in, 3);
    const std::vector<float> d_y = random_values(64 * out, 4);
    std::vector<float> y(64 * out), d_x(64 * in);
    linear.forward(x, y);
    linear.backward(d_y, d_x);
    for (std::size_t rows = 1; rows < 64; ++rows) {
      std::vector<float> some(rows * out), d_some(rows * in);
      linear.forward(std::span(x).first(rows * in), some);
      linear.backward(std::span(d_y).first(rows * out), d_some);
      ASSERT_TRUE(std::equal(some.begin(), some.end(), y.begin())) << rows;
      ASSERT_TRUE(std::equal(d_some.begin(), d_some.end(), d_x.begin())) << rows;
    }
  }
}

}  // namespace
}  // namespace pellucid
