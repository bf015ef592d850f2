// The kernels over rows and elements: LayerNorm, GELU, GeGLU, rotary positions, embedding, row dots.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/embedding.h"
#include "kernels/geglu.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "kernels/random_values.h"
#include "kernels/rotary.h"
#include "kernels/row_dots.h"

namespace pellucid {
namespace {

TEST(Gelu, EqualsReferenceOverTheWholeRange) {
  std::vector<float> x = random_values(20'001, 1, 3);
  for (int eighth = -320; eighth <= 320; ++eighth) x.push_back(static_cast<float>(eighth) / 8);
  x.insert(x.end(), {0.0F, -0.0F, 1e-30F, -1e-30F, 100.0F, -100.0F, 1e18F, -1e18F});
  std::vector<float> y(x.size());
  std::vector<float> expected(x.size());
  gelu_forward(x, y);
  reference::gelu_forward(x, expected);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(y[i], expected[i], 2e-7F * std::max(1.0F, x[i])) << x[i];

  const std::vector<float> d_y = random_values(x.size(), 2);
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    std::vector<float> d_x(x.size());
    gelu_backward(mode, x, d_y, d_x);
    reference::gelu_backward(mode, x, d_y, expected);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(d_x[i], expected[i], 2e-6F) << x[i];
  }
}

TEST(Gelu, Bf16IsTheRoundedResultForTheRoundedInput) {
  const std::vector<Bf16> x = rounded(random_values(20'001, 1, 3));
  const std::vector<Bf16> d_y = rounded(random_values(x.size(), 2));
  std::vector<Bf16> y(x.size());
  std::vector<float> expected(x.size());
  gelu_forward(x, y);
  gelu_forward(widened(x), expected);
  EXPECT_EQ(y, rounded(expected));
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    gelu_backward(mode, x, d_y, y);
    gelu_backward(mode, widened(x), widened(d_y), expected);
    EXPECT_EQ(y, rounded(expected));
  }
}

TEST(Gelu, ExactModeIsTheRatioOfTheForwardPass) {
  const std::vector<float> x = random_values(1000, 3);
  std::vector<float> y(x.size());
  std::vector<float> ratio(x.size());
  gelu_forward(x, y);
  gelu_backward(Backward::exact, x, x, ratio);  // x times the held ratio
  EXPECT_EQ(ratio, y);
}

// d/dx of Σ Φ(x) s d_r by central differences of the exact backward pass, which is Φ(x) s.
TEST(Gelu, GateBackwardIsTheGatesDerivative) {
  const std::vector<float> x = random_values(200, 4);
  const std::vector<float> s = random_values(200, 5);
  const std::vector<float> d_r = random_values(200, 6);
  std::vector<float> d_x(200, 1.0F);  // adds to what is there
  gelu_gate_backward(x, s, d_r, d_x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto through = [&](double at) { return 0.5 * std::erfc(-at / std::sqrt(2.0)) * s[i] * d_r[i]; };
    EXPECT_NEAR(d_x[i] - 1, (through(x[i] + 1e-5) - through(x[i] - 1e-5)) / 2e-5, 1e-5);
  }
}

class Geglu : public testing::TestWithParam<std::size_t> {
 protected:
  std::size_t m = GetParam();
  std::size_t rows = 37;
  std::vector<float> x = random_values(rows * 2 * m, 1, 2);
  std::vector<float> d_y = random_values(rows * m, 2);
};

TEST_P(Geglu, EqualsReference) {
  std::vector<float> y(rows * m, NAN), expected(rows * m);
  geglu_forward(m, x, y);
  reference::geglu_forward(m, x, expected);
  expect_near(y, expected, 1e-6F);
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    std::vector<float> d_x(x.size(), NAN), expected_d(x.size());
    geglu_backward(mode, m, x, d_y, d_x);
    reference::geglu_backward(mode, m, x, d_y, expected_d);
    expect_near(d_x, expected_d, 2e-6F);
  }
}

TEST_P(Geglu, Bf16IsTheRoundedResultForTheRoundedInput) {
  const std::vector<Bf16> narrow = rounded(x);
  const std::vector<Bf16> narrow_d = rounded(d_y);
  std::vector<Bf16> y(rows * m), d_x(x.size());
  std::vector<float> expected(rows * m), expected_d(x.size());
  geglu_forward(m, narrow, y);
  geglu_forward(m, widened(narrow), expected);
  EXPECT_EQ(y, rounded(expected));
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    geglu_backward(mode, m, narrow, narrow_d, d_x);
    geglu_backward(mode, m, widened(narrow), widened(narrow_d), expected_d);
    EXPECT_EQ(d_x, rounded(expected_d));
  }
}

// With the gate held, ⟨d_x, s⟩ = ⟨d_y, the stream of s⟩, and the input's own stream is the forward pass.
TEST_P(Geglu, TheStreamIsTheExactModeForwards) {
  const std::vector<float> s = random_values(x.size(), 3);
  std::vector<float> r(rows * m), d_x(x.size()), y(rows * m), own(rows * m);
  geglu_gate_forward(m, x, s, r);
  geglu_backward(Backward::exact, m, x, d_y, d_x);
  EXPECT_NEAR(std::inner_product(d_x.begin(), d_x.end(), s.begin(), 0.0),
              std::inner_product(d_y.begin(), d_y.end(), r.begin(), 0.0), 1e-3);
  geglu_forward(m, x, y);
  geglu_gate_forward(m, x, x, own);
  EXPECT_EQ(own, y);
}

// Of Σ GELU(a) s_v d_r, by what GELU(a + h) and GELU(a − h) make of it.
TEST_P(Geglu, GateBackwardIsTheGatesDerivative) {
  const std::vector<float> s = random_values(x.size(), 3);
  std::vector<float> d_x(x.size(), 1.0F);  // adds to what is there
  geglu_gate_backward(m, x, s, d_y, d_x);
  const auto gelu = [](double a) { return 0.5 * a * std::erfc(-a / std::sqrt(2.0)); };
  for (std::size_t i = 0; i < d_y.size(); ++i) {
    const std::size_t a = i / m * 2 * m + i % m;
    const double slope = (gelu(x[a] + 1e-5) - gelu(x[a] - 1e-5)) / 2e-5 * s[a + m] * d_y[i];
    EXPECT_NEAR(d_x[a] - 1, slope, 2e-5 * std::max(1.0, std::abs(slope)));
    EXPECT_EQ(d_x[a + m], 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, Geglu, testing::Values(1, 7, 16, 65));

class Rotary : public testing::TestWithParam<std::pair<std::int64_t, std::int64_t>> {  // heads, d_k
 protected:
  std::int64_t heads = GetParam().first;
  std::int64_t head_size = GetParam().second;
  std::vector<std::int32_t> bounds{0, 3, 3, 4, 44};
  std::vector<float> qkv = random_values(std::int64_t{44} * 3 * heads * head_size, 1);
};

TEST_P(Rotary, EqualsReference) {
  for (const double theta : {10'000.0, 160'000.0}) {
    const std::vector<float> table = rotary_table(head_size, 40, theta);
    for (const Turn turn : {Turn::forwards, Turn::back}) {
      std::vector<float> turned = qkv, expected = qkv;
      rotate(turn, table, bounds, heads, turned);
      reference::rotate(turn, theta, bounds, heads, expected);
      expect_near(turned, expected, 1e-5F);  // angles to 39 carry their rounding
    }
    std::vector<float> there_and_back = qkv;
    rotate(Turn::forwards, table, bounds, heads, there_and_back);
    rotate(Turn::back, table, bounds, heads, there_and_back);
    expect_near(there_and_back, qkv, 1e-6F);
    std::vector<Bf16> narrow = rounded(qkv);
    std::vector<float> wide = widened(narrow);
    rotate(Turn::forwards, table, bounds, heads, narrow);
    rotate(Turn::forwards, table, bounds, heads, wide);
    EXPECT_EQ(narrow, rounded(wide));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Rotary, testing::Values(std::pair(1, 2), std::pair(2, 8), std::pair(3, 34)));

class LayerNormWidths : public testing::TestWithParam<std::size_t> {
 protected:
  std::size_t d = GetParam();
  std::size_t rows = 37;
  std::vector<float> scale = random_values(d, 1, 0.3F, 1);
  std::vector<float> shift = random_values(d, 2);
  LayerNormWeights weights{scale, shift, 1e-5F};
  std::vector<float> x = random_values(rows * d, 3, 2, 5);
  std::vector<float> residual = random_values(rows * d, 4);
  std::vector<float> d_y = random_values(rows * d, 5);
};

TEST_P(LayerNormWidths, EqualsReferenceInBothWays) {
  for (const bool with_residual : {false, true}) {
    const std::span<const float> base = with_residual ? std::span<const float>(residual) : std::span<const float>();
    std::vector<float> sum = x, expected_sum = x;
    std::vector<float> y(x.size()), mean(rows), rstd(rows), expected(x.size()), expected_mean(rows),
        expected_rstd(rows);
    layer_norm_forward(weights, base, sum, y, mean, rstd);
    reference::layer_norm_forward(weights, base, expected_sum, expected, expected_mean, expected_rstd);
    EXPECT_EQ(sum, expected_sum);
    expect_near(y, expected, 2e-6F);
    expect_near(mean, expected_mean, 1e-6F);
    for (std::size_t t = 0; t < rows; ++t) EXPECT_NEAR(rstd[t] / expected_rstd[t], 1, 1e-5F);
    std::vector<float> in_place = x;
    layer_norm_forward(weights, base, in_place, in_place);
    EXPECT_EQ(in_place, y);
    for (const Backward mode : {Backward::exact, Backward::gradient}) {
      std::vector<float> d_x = d_y;
      layer_norm_backward(mode, weights, sum, mean, rstd, d_x, d_x);
      reference::layer_norm_backward(mode, weights, sum, mean, rstd, d_y, expected);
      expect_near(d_x, expected, 5e-6F);
    }
  }
}

TEST_P(LayerNormWidths, RoundsBesideItsResults) {
  std::vector<float> sum = x, y(x.size()), mean(rows), rstd(rows), d_x = d_y;
  std::vector<Bf16> narrow(x.size());
  layer_norm_forward(weights, residual, sum, y, mean, rstd, narrow);
  EXPECT_EQ(narrow, rounded(y));
  layer_norm_backward(Backward::gradient, weights, sum, mean, rstd, d_x, d_x, narrow);
  EXPECT_EQ(narrow, rounded(d_x));
}

TEST_P(LayerNormWidths, GradientsEqualReference) {
  std::vector<float> sum = x, y(x.size()), mean(rows), rstd(rows);
  layer_norm_forward(weights, {}, sum, y, mean, rstd);
  std::vector<float> d_scale(d, 1), d_shift(d, 2), expected_scale(d, 1), expected_shift(d, 2);
  add_layer_norm_gradients(x, mean, rstd, d_y, d_scale, d_shift);
  reference::layer_norm_gradients(x, mean, rstd, d_y, expected_scale, expected_shift);
  expect_near(d_scale, expected_scale, 1e-6F);
  expect_near(d_shift, expected_shift, 1e-6F);
}

// Σ ⟨γ (s − mean s) rstd(x), d_r⟩ differentiated in x by central differences.
TEST_P(LayerNormWidths, GateBackwardIsTheGatesDerivative) {
  const std::vector<float> s = random_values(x.size(), 6);
  std::vector<float> sum = x, y(x.size()), mean(rows), rstd(rows);
  layer_norm_forward(weights, {}, sum, y, mean, rstd);
  std::vector<float> d_x(x.size(), 0.0F);
  layer_norm_gate_backward(weights, x, mean, rstd, s, d_y, d_x);
  const auto through = [&](const std::vector<double>& row, std::size_t t) {
    const double centre = std::accumulate(row.begin(), row.end(), 0.0) / d;
    double squares = 0, s_mean = 0, sum_of_products = 0;
    for (std::size_t k = 0; k < d; ++k) {
      squares += (row[k] - centre) * (row[k] - centre);
      s_mean += s[t * d + k] / static_cast<double>(d);
    }
    for (std::size_t k = 0; k < d; ++k) sum_of_products += scale[k] * (s[t * d + k] - s_mean) * d_y[t * d + k];
    return sum_of_products / std::sqrt(squares / d + weights.epsilon);
  };
  for (std::size_t k = 0; k < std::min<std::size_t>(d, 10); ++k) {
    const std::size_t t = k % rows;
    std::vector<double> row(x.begin() + t * d, x.begin() + (t + 1) * d);
    row[k] += 1e-5;
    const double above = through(row, t);
    row[k] -= 2e-5;
    const double slope = (above - through(row, t)) / 2e-5;
    EXPECT_NEAR(d_x[t * d + k], slope, 1e-4 * std::max(1.0, std::abs(slope)));
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, LayerNormWidths, testing::Values(2, 7, 16, 33, 384));

TEST(Embedding, EqualsReference) {
  const std::size_t d = 19;
  const std::vector<float> words = random_values(50 * d, 1);
  const std::vector<float> positions = random_values(8 * d, 2);
  const std::vector<float> type = random_values(d, 3);
  const std::vector<std::int32_t> ids{3, 49, 0, 7, 7, 7, 1};
  const std::vector<std::int32_t> bounds{0, 1, 1, 7};
  const std::vector<float> given = random_values(ids.size() * d, 4);
  const std::span<const float> none;
  for (const std::span<const float> rows : {none, std::span(given)}) {
    for (const std::span<const float> types : {none, std::span(type)}) {
      for (const std::span<const float> places : {none, std::span(positions)}) {
        const EmbeddingTables tables{words, places, types};
        std::vector<float> out(ids.size() * d), expected(ids.size() * d);
        embedding_forward(tables, ids, bounds, rows, out);
        reference::embedding_forward(tables, ids, bounds, rows, expected);
        EXPECT_EQ(out, expected);
      }
    }
  }
}

TEST(RowDots, AddToWhatIsThere) {
  const std::size_t rows = 130;
  const std::size_t d = 33;
  const std::vector<float> a = random_values(rows * d, 1);
  const std::vector<float> b = random_values(rows * d, 2);
  std::vector<double> sums(rows, 1.0);
  add_row_dots(a, b, sums);
  std::vector<double> strided(rows, 2.0);
  add_row_dots(a, d, 3, std::span(b).first(20), strided);
  for (std::size_t t = 0; t < rows; ++t) {
    const double all = std::inner_product(a.begin() + t * d, a.begin() + (t + 1) * d, b.begin() + t * d, 1.0);
    const double some = std::inner_product(b.begin(), b.begin() + 20, a.begin() + t * d + 3, 2.0);
    EXPECT_NEAR(sums[t], all, 1e-5);
    EXPECT_NEAR(strided[t], some, 1e-5);
  }
  std::vector<double> narrow(rows), wide(rows);
  add_row_dots(rounded(a), d, 3, std::span(b).first(20), narrow);
  add_row_dots(widened(rounded(a)), d, 3, std::span(b).first(20), wide);
  for (std::size_t t = 0; t < rows; ++t) EXPECT_NEAR(narrow[t], wide[t], 1e-5);
}

}  // namespace
}  // namespace pellucid
