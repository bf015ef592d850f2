#include "kernels/adamw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "random_values.h"

namespace pellucid {
namespace {

// Algorithm 2 of the paper in float64.
struct Reference {
  std::vector<double> parameter, m, v;
  void step(std::size_t i, double g, double rate, double decay, int t) {
    m[i] = 0.9 * m[i] + 0.1 * g;
    v[i] = 0.999 * v[i] + 0.001 * g * g;
    const double m_hat = m[i] / (1 - std::pow(0.9, t));
    const double v_hat = v[i] / (1 - std::pow(0.999, t));
    parameter[i] -= rate * (m_hat / (std::sqrt(v_hat) + 1e-8) + decay * parameter[i]);
  }
};

TEST(AdamWRows, StepsTheRowsThatHaveHadAGradientAndNoOther) {
  constexpr std::int64_t kRows = 200;
  constexpr std::int64_t kWidth = 37;
  std::vector<float> parameter = random_values(kRows * kWidth, 1);
  const std::vector<float> initial = parameter;
  std::vector<float> m(kRows * kWidth, 0);
  std::vector<float> v(kRows * kWidth, 0);
  Reference reference{
      {initial.begin(), initial.end()}, std::vector<double>(kRows * kWidth), std::vector<double>(kRows * kWidth)};
  const std::vector<std::vector<std::int64_t>> reached = {{0, 5, 63, 64, 199}, {5, 100}, {}};
  std::vector<bool> met(kRows, false);
  for (int t = 1; t <= 3; ++t) {
    const auto& now = reached[t - 1];
    const std::vector<float> gradient = random_values(now.size() * kWidth, 10 + t);
    adamw_rows({0.01F, 0.1F, 0.9F, 0.999F, 1e-8F, static_cast<float>(1 - std::pow(0.9, t)),
                static_cast<float>(1 - std::pow(0.999, t))},
               kWidth, now, gradient, parameter, m, v);
    for (const std::int64_t row : now) met[row] = true;
    for (std::int64_t row = 0; row < kRows; ++row) {
      if (!met[row]) continue;
      const auto at = std::ranges::find(now, row);
      for (std::int64_t i = 0; i < kWidth; ++i) {
        const double g = at == now.end() ? 0 : gradient[(at - now.begin()) * kWidth + i];
        reference.step(row * kWidth + i, g, 0.01, 0.1, t);
      }
    }
    for (std::size_t i = 0; i < parameter.size(); ++i) {
      ASSERT_NEAR(parameter[i], reference.parameter[i], 2e-6) << "step " << t << ", row " << i / kWidth;
      if (!met[i / kWidth]) {
        ASSERT_EQ(parameter[i], initial[i]);
      }
    }
  }
}

}  // namespace
}  // namespace pellucid
