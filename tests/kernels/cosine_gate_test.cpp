// The gate of B-cos products against its reference, from cosines of 0 to 1 and every exponent that can be asked for.
#include "kernels/cosine_gate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace pellucid {
namespace {

constexpr std::size_t kRows = 37;
constexpr std::size_t kOutputs = 29;

std::vector<double> doubles(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

class CosineGateAt : public testing::TestWithParam<float> {};

TEST_P(CosineGateAt, EqualsReference) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> r(kRows * kOutputs), l(kRows), d_y(r.size());
  for (float& value : l) value = 0.1F + 5 * std::fabs(normal(random));
  for (std::size_t i = 0; i < r.size(); ++i) {
    const float cosine = std::pow(std::fabs(std::tanh(normal(random))), 3.0F);  // many near 0
    r[i] = (i % 11 == 0 ? 0.0F : i % 13 == 0 ? 1.0F : cosine) * (i % 2 == 0 ? 1.0F : -1.0F) * l[i / kOutputs];
    d_y[i] = normal(random);
  }
  const CosineGate<float> gate{r, l, GetParam()};
  std::vector<float> y(r.size()), d_r(r.size()), d_l(kRows);
  cosine_gate_forward(gate, y);
  cosine_gate_backward(gate, d_y, d_r, d_l);

  const std::vector<double> exact_r = doubles(r), exact_l = doubles(l), exact_d_y = doubles(d_y);
  const CosineGate<double> exact{exact_r, exact_l, GetParam()};
  std::vector<double> expected_y(r.size()), expected_d_r(r.size()), expected_d_l(kRows);
  reference::cosine_gate_forward(exact, expected_y);
  reference::cosine_gate_backward(exact, exact_d_y, expected_d_r, expected_d_l);
  for (std::size_t i = 0; i < r.size(); ++i) {
    EXPECT_NEAR(y[i], expected_y[i], 2e-6 * (1 + std::fabs(expected_y[i]))) << i;
    EXPECT_NEAR(d_r[i], expected_d_r[i], 5e-6 * (1 + std::fabs(expected_d_r[i]))) << i;
  }
  for (std::size_t t = 0; t < kRows; ++t) EXPECT_NEAR(d_l[t], expected_d_l[t], 2e-5) << t;
}

INSTANTIATE_TEST_SUITE_P(Exponents, CosineGateAt, testing::Values(0.0F, 0.25F, 0.5F, 1.0F, 3.0F));

TEST(CosineGate, ReferenceHasTheDerivativesOfItsForward) {
  const std::vector<double> l = {2.0}, d_y = {1.5};
  constexpr double kStep = 1e-6;
  for (const double r : {-1.5, -0.1, 0.4, 1.9}) {
    const auto at = [&](double product, double length) {
      const std::vector<double> products = {product}, lengths = {length};
      std::vector<double> y(1);
      reference::cosine_gate_forward({products, lengths, 0.5}, y);
      return 1.5 * y[0];
    };
    const std::vector<double> products = {r};
    std::vector<double> d_r(1), d_l(1);
    reference::cosine_gate_backward({products, l, 0.5}, d_y, d_r, d_l);
    EXPECT_NEAR(d_r[0], (at(r + kStep, 2) - at(r - kStep, 2)) / (2 * kStep), 1e-7) << r;
    EXPECT_NEAR(d_l[0], (at(r, 2 + kStep) - at(r, 2 - kStep)) / (2 * kStep), 1e-7) << r;
  }
}

TEST(CosineGate, OfNoRowsIsNothing) {
  const CosineGate<float> none{{}, {}, 0.5F};
  cosine_gate_forward(none, {});
  cosine_gate_backward(none, {}, {}, {});
}

}  // namespace
}  // namespace pellucid
