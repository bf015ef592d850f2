// The plain versions of the small kernels, in double, in the order of the equations.
#include <cmath>
#include <vector>

#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"

namespace pellucid::reference {
namespace {

double distribution(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}
double density(double x) {
  return std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
}

}  // namespace

void linear_forward(std::span<const float> weight, std::span<const float> bias, std::int64_t in,
                    std::span<const float> x, std::span<float> y) {
  const std::size_t d = in;
  const std::size_t out = bias.size();
  for (std::size_t t = 0; t * d < x.size(); ++t) {
    for (std::size_t o = 0; o < out; ++o) {
      double sum = bias[o];
      for (std::size_t k = 0; k < d; ++k) sum += static_cast<double>(x[t * d + k]) * weight[o * d + k];
      y[t * out + o] = static_cast<float>(sum);
    }
  }
}

void linear_backward(std::span<const float> weight, std::int64_t in, std::span<const float> d_y, std::span<float> d_x) {
  const std::size_t d = in;
  const std::size_t out = weight.size() / d;
  for (std::size_t t = 0; t * out < d_y.size(); ++t) {
    for (std::size_t k = 0; k < d; ++k) {
      double sum = 0;
      for (std::size_t o = 0; o < out; ++o) sum += static_cast<double>(d_y[t * out + o]) * weight[o * d + k];
      d_x[t * d + k] = static_cast<float>(sum);
    }
  }
}

void linear_gradients(std::span<const float> d_y, std::span<const float> x, std::int64_t out, std::span<float> d_weight,
                      std::span<float> d_bias) {
  const std::size_t columns = out;
  const std::size_t rows = d_y.size() / columns;
  const std::size_t in = x.size() / rows;
  for (std::size_t o = 0; o < columns; ++o) {
    for (std::size_t t = 0; t < rows; ++t) d_bias[o] += d_y[t * columns + o];
    for (std::size_t k = 0; k < in; ++k) {
      double sum = d_weight[o * in + k];
      for (std::size_t t = 0; t < rows; ++t) sum += static_cast<double>(d_y[t * columns + o]) * x[t * in + k];
      d_weight[o * in + k] = static_cast<float>(sum);
    }
  }
}

void gelu_forward(std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<float>(x[i] * distribution(x[i]));
}

void gelu_backward(Backward mode, std::span<const float> x, std::span<const float> d_y, std::span<float> d_x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double slope = distribution(x[i]) + (mode == Backward::gradient ? x[i] * density(x[i]) : 0.0);
    d_x[i] = static_cast<float>(slope * d_y[i]);
  }
}

void layer_norm_forward(const LayerNormWeights& weights, std::span<const float> residual, std::span<float> x,
                        std::span<float> y, std::span<float> mean, std::span<float> rstd) {
  const std::size_t d = weights.scale.size();
  for (std::size_t t = 0; t * d < x.size(); ++t) {
    float* row = x.data() + t * d;
    double sum = 0;
    for (std::size_t k = 0; k < d; ++k) sum += row[k] += residual.empty() ? 0.0F : residual[t * d + k];
    const double centre = sum / static_cast<double>(d);
    double squares = 0;
    for (std::size_t k = 0; k < d; ++k) squares += (row[k] - centre) * (row[k] - centre);
    const double gate = 1 / std::sqrt(squares / static_cast<double>(d) + weights.epsilon);
    for (std::size_t k = 0; k < d; ++k) {
      y[t * d + k] = static_cast<float>(weights.scale[k] * (row[k] - centre) * gate + weights.shift[k]);
    }
    if (!mean.empty()) mean[t] = static_cast<float>(centre);
    if (!rstd.empty()) rstd[t] = static_cast<float>(gate);
  }
}

void layer_norm_backward(Backward mode, const LayerNormWeights& weights, std::span<const float> x,
                         std::span<const float> mean, std::span<const float> rstd, std::span<const float> d_y,
                         std::span<float> d_x) {
  const std::size_t d = weights.scale.size();
  for (std::size_t t = 0; t < rstd.size(); ++t) {
    double sum = 0;
    double along = 0;
    std::vector<double> g(d);
    const auto normed = [&](std::size_t k) { return (static_cast<double>(x[t * d + k]) - mean[t]) * rstd[t]; };
    for (std::size_t k = 0; k < d; ++k) {
      g[k] = static_cast<double>(weights.scale[k]) * d_y[t * d + k];
      sum += g[k];
      if (mode == Backward::gradient) along += g[k] * normed(k);
    }
    for (std::size_t k = 0; k < d; ++k) {
      double value = g[k] - sum / static_cast<double>(d);
      if (mode == Backward::gradient) value -= normed(k) * along / static_cast<double>(d);
      d_x[t * d + k] = static_cast<float>(rstd[t] * value);
    }
  }
}

void embedding_forward(const EmbeddingTables& tables, std::span<const std::int32_t> ids,
                       std::span<const std::int32_t> bounds, std::span<const float> word_rows, std::span<float> out) {
  const std::size_t d = ids.empty() ? 0 : out.size() / ids.size();
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    for (std::int32_t t = bounds[text]; t < bounds[text + 1]; ++t) {
      for (std::size_t k = 0; k < d; ++k) {
        const float word = word_rows.empty() ? tables.words[ids[t] * d + k] : word_rows[t * d + k];
        out[t * d + k] = word;
        if (!tables.positions.empty()) out[t * d + k] += tables.positions[(t - bounds[text]) * d + k];
        if (!tables.type.empty()) out[t * d + k] += tables.type[k];
      }
    }
  }
}

void layer_norm_gradients(std::span<const float> x, std::span<const float> mean, std::span<const float> rstd,
                          std::span<const float> d_y, std::span<float> d_scale, std::span<float> d_shift) {
  const std::size_t d = d_scale.size();
  for (std::size_t t = 0; t < mean.size(); ++t) {
    for (std::size_t k = 0; k < d; ++k) {
      d_scale[k] += d_y[t * d + k] * ((x[t * d + k] - mean[t]) * rstd[t]);
      d_shift[k] += d_y[t * d + k];
    }
  }
}

}  // namespace pellucid::reference
