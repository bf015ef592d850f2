#include "kernels/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pellucid {
namespace {

constexpr std::size_t kSize = 100'003;  // several tasks and a remainder

TEST(Dropout, KeepsTheStatedShareAndItsExpectation) {
  const std::vector<float> x(kSize, 2.0F);
  std::vector<float> out(kSize);
  for (const float p : {0.0F, 0.1F, 0.5F, 0.9F}) {
    dropout_add({}, std::span<const float>(x), p, 42, out);
    std::size_t dropped = 0;
    for (const float value : out) {
      if (value == 0)
        ++dropped;
      else
        EXPECT_FLOAT_EQ(value, 2.0F / (1.0F - p));
    }
    const double deviation = std::sqrt(p * (1 - p) / kSize);
    EXPECT_NEAR(static_cast<double>(dropped) / kSize, p, 5 * deviation + 1e-12);
  }
}

TEST(Dropout, NeighboursAndSeedsAreIndependent) {
  const std::vector<float> ones(kSize, 1.0F);
  std::vector<float> first(kSize);
  std::vector<float> second(kSize);
  dropout_add({}, std::span<const float>(ones), 0.5F, 1, first);
  dropout_add({}, std::span<const float>(ones), 0.5F, 2, second);
  double neighbours = 0;
  double seeds = 0;
  for (std::size_t i = 0; i + 1 < kSize; ++i) {
    neighbours += (first[i] - 1) * (first[i + 1] - 1);
    seeds += (first[i] - 1) * (second[i] - 1);
  }
  EXPECT_LT(std::abs(neighbours) / kSize, 5 / std::sqrt(kSize));
  EXPECT_LT(std::abs(seeds) / kSize, 5 / std::sqrt(kSize));
}

TEST(Dropout, BackwardDrawsTheSameMaskInBothTypes) {
  std::vector<float> residual(kSize);
  std::vector<float> x(kSize, 1.0F);
  std::vector<Bf16> narrow(kSize, to_bf16(1.0F));
  std::vector<float> out(kSize);
  std::vector<float> out_narrow(kSize);
  std::vector<float> gradient(kSize);
  std::vector<Bf16> gradient_narrow(kSize);
  for (std::size_t i = 0; i < kSize; ++i) residual[i] = static_cast<float>(i % 7);
  dropout_add(residual, std::span<const float>(x), 0.5F, 9, out);
  dropout_add(residual, std::span<const Bf16>(narrow), 0.5F, 9, out_narrow);
  dropout_backward(x, 0.5F, 9, std::span<float>(gradient));
  dropout_backward(x, 0.5F, 9, std::span<Bf16>(gradient_narrow));
  for (std::size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(out[i], residual[i] + gradient[i]);
    ASSERT_EQ(out_narrow[i], out[i]);
    ASSERT_EQ(to_float(gradient_narrow[i]), gradient[i]);
  }
}

TEST(Dropout, RoundsToNearestEven) {
  const std::vector<float> d_out = {1.00390625F, 1.01171875F, 1.005F};  // halfway down, halfway up, above
  std::vector<Bf16> d_x(3);
  dropout_backward(d_out, 0.0F, 1, std::span<Bf16>(d_x));
  EXPECT_EQ(d_x[0], Bf16{0x3F80});
  EXPECT_EQ(d_x[1], Bf16{0x3F82});
  EXPECT_EQ(d_x[2], Bf16{0x3F81});
}

}  // namespace
}  // namespace pellucid
