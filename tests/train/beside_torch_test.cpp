// Our kernels in a process that has libtorch, which brings a oneDNN of its own.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/linear.h"

namespace pellucid {
namespace {

// Adding a part's rows, of a number that is no multiple of a vector: oneDNN's own gemm, where symbols of the two
// oneDNNs once met.
TEST(BesideTorch, TheWayBackOfSeveralPartsIsTheReferences) {
  constexpr std::int64_t kWidth = 384;
  constexpr std::int64_t kRows = 57;
  std::vector<float> weight(3 * kWidth * kWidth);
  std::vector<float> bias(kWidth);
  std::vector<float> d_y(kRows * 3 * kWidth);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = std::sin(static_cast<float>(i));
  for (std::size_t i = 0; i < d_y.size(); ++i) d_y[i] = std::cos(static_cast<float>(i));
  std::vector<Linear::Part> parts;
  for (std::size_t part = 0; part < 3; ++part) {
    parts.push_back({std::span(weight).subspan(part * kWidth * kWidth, kWidth * kWidth), bias});
  }
  const Linear linear(parts, Precision::fp32);
  std::vector<float> d_x(kRows * kWidth, 1);
  linear.backward(std::span<const float>(d_y), std::span(d_x), /*add=*/true);
  std::vector<float> expected(kRows * kWidth);
  reference::linear_backward(weight, kWidth, d_y, expected);
  for (std::size_t i = 0; i < d_x.size(); ++i) ASSERT_NEAR(d_x[i], expected[i] + 1, 1e-3) << i;
}

}  // namespace
}  // namespace pellucid
