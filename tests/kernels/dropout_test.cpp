#include "kernels/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

namespace pellucid {
namespace {

constexpr std::size_t kSize = 100'003;  // several tasks and a remainder

TEST(Dropout, KeepsTheStatedShareAndItsExpectation) {
  const std::vector<float> x(kSize, 2.0F);
  std::vector<float> out(kSize);
  for (const float p : {0.0F, 0.1F, 0.5F, 0.9F}) {
    dropout_add({p, 42}, {}, x, out);
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
  dropout_add({0.5F, 1}, {}, ones, first);
  dropout_add({0.5F, 2}, {}, ones, second);
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
  std::vector<float> out(kSize);
  std::vector<float> gradient(kSize);
  std::vector<Bf16> gradient_narrow(kSize);
  for (std::size_t i = 0; i < kSize; ++i) residual[i] = static_cast<float>(i % 7);
  dropout_add({0.5F, 9}, residual, x, out);
  dropout_backward({0.5F, 9}, x, gradient);
  dropout_backward({0.5F, 9}, x, gradient_narrow);
  for (std::size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(out[i], residual[i] + gradient[i]);
    ASSERT_EQ(to_float(gradient_narrow[i]), gradient[i]);
  }
}

TEST(Dropout, PartsShareTheMaskOfTheWhole) {
  const std::vector<float> ones(1000, 1.0F);
  std::vector<float> whole(1000);
  std::vector<float> parts(1000);
  dropout_add({0.5F, 3}, {}, ones, whole);
  for (const auto& [first, size] : {std::pair{0, 100}, {100, 17}, {117, 883}}) {
    dropout_add({0.5F, 3, static_cast<std::size_t>(first)}, {}, std::span(ones).subspan(first, size),
                std::span(parts).subspan(first, size));
  }
  EXPECT_EQ(parts, whole);
}

TEST(Dropout, RoundsToNearestEven) {
  const std::vector<float> d_out = {1.00390625F, 1.01171875F, 1.005F};  // halfway down, halfway up, above
  std::vector<Bf16> d_x(3);
  dropout_backward({0.0F, 1}, d_out, d_x);
  EXPECT_EQ(d_x[0], Bf16{0x3F80});
  EXPECT_EQ(d_x[1], Bf16{0x3F82});
  EXPECT_EQ(d_x[2], Bf16{0x3F81});
}

}  // namespace
}  // namespace pellucid
