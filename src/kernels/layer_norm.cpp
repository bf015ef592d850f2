#include "kernels/layer_norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kRows = 16;  // rows a task

struct Row {
  Size d;
  const float* scale;
  const float* shift;
  float epsilon;
};

struct Statistics {
  float mean, rstd;
};

PELLUCID_CLONES Statistics forward_row(const Row& row, const float* residual, float* x, float* y) {
  const Size d = row.d;
  float sum = 0;
  if (residual != nullptr) {
#pragma omp simd reduction(+ : sum)
    for (Size k = 0; k < d; ++k) sum += x[k] = residual[k] + x[k];
  } else {
#pragma omp simd reduction(+ : sum)
    for (Size k = 0; k < d; ++k) sum += x[k];
  }
  // δ is the mean's own rounding, found beside the squares (the corrected two-pass algorithm, Chan et al. 1983): little
  // differences would drown in it where the mean is large.
  const float rounded = sum / static_cast<float>(d);
  float squares = 0;
  float rest = 0;
#pragma omp simd reduction(+ : squares, rest)
  for (Size k = 0; k < d; ++k) {
    const float difference = x[k] - rounded;
    squares += difference * difference;
    rest += difference;
  }
  const float delta = rest / static_cast<float>(d);
  const float variance = squares / static_cast<float>(d) - delta * delta;
  const float rstd = 1.0F / std::sqrt(std::max(variance, 0.0F) + row.epsilon);
#pragma omp simd
  for (Size k = 0; k < d; ++k) y[k] = (x[k] - rounded - delta) * rstd * row.scale[k] + row.shift[k];
  return {rounded + delta, rstd};
}

// d_x = rstd (γ d_y − mean(γ d_y))
PELLUCID_CLONES void exact_row(const Row& row, float rstd, const float* d_y, float* d_x) {
  const Size d = row.d;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Size k = 0; k < d; ++k) sum += row.scale[k] * d_y[k];
  const float mean = sum / static_cast<float>(d);
#pragma omp simd
  for (Size k = 0; k < d; ++k) d_x[k] = rstd * (row.scale[k] * d_y[k] - mean);
}

// With x̂ = (x − mean) rstd: d_x = rstd (γ d_y − mean(γ d_y) − x̂ mean(γ d_y x̂))
PELLUCID_CLONES void gradient_row(const Row& row, Statistics at, const float* x, const float* d_y, float* d_x) {
  const Size d = row.d;
  float sum = 0;
  float along = 0;
#pragma omp simd reduction(+ : sum, along)
  for (Size k = 0; k < d; ++k) {
    const float g = row.scale[k] * d_y[k];
    sum += g;
    along += g * ((x[k] - at.mean) * at.rstd);
  }
  const float mean = sum / static_cast<float>(d);
  along /= static_cast<float>(d);
#pragma omp simd
  for (Size k = 0; k < d; ++k) {
    d_x[k] = at.rstd * (row.scale[k] * d_y[k] - mean - (x[k] - at.mean) * at.rstd * along);
  }
}

PELLUCID_CLONES void round_row(const float* from, Size d, Bf16* to) {
#pragma omp simd
  for (Size k = 0; k < d; ++k) to[k] = to_bf16(from[k]);
}

// Columns [begin, end) of the sums over all rows.
PELLUCID_CLONES void add_columns(std::span<const float> x, std::span<const float> mean, std::span<const float> rstd,
                                 std::span<const float> d_y, Size d, Size begin, Size end, float* d_scale,
                                 float* d_shift) {
  for (Size t = 0; t < std::ssize(mean); ++t) {
    const Statistics at{mean[t], rstd[t]};
#pragma omp simd
    for (Size k = begin; k < end; ++k) {
      d_scale[k] += d_y[t * d + k] * ((x[t * d + k] - at.mean) * at.rstd);
      d_shift[k] += d_y[t * d + k];
    }
  }
}

PELLUCID_CLONES void gate_forward_row(const Row& row, float rstd, const float* s, float* r) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Size k = 0; k < row.d; ++k) sum += s[k];
  const float mean = sum / static_cast<float>(row.d);
#pragma omp simd
  for (Size k = 0; k < row.d; ++k) r[k] = row.scale[k] * (s[k] - mean) * rstd;
}

// ∂rstd/∂x = −rstd³ (x − mean) / d
PELLUCID_CLONES void gate_row(const Row& row, Statistics at, const float* x, const float* s, const float* d_r,
                              float* d_x) {
  const Size d = row.d;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Size k = 0; k < d; ++k) sum += s[k];
  const float mean = sum / static_cast<float>(d);
  float d_rstd = 0;
#pragma omp simd reduction(+ : d_rstd)
  for (Size k = 0; k < d; ++k) d_rstd += d_r[k] * row.scale[k] * (s[k] - mean);
  const float factor = -d_rstd * at.rstd * at.rstd * at.rstd / static_cast<float>(d);
#pragma omp simd
  for (Size k = 0; k < d; ++k) d_x[k] += factor * (x[k] - at.mean);
}

template <class Work>
void for_each_row(const LayerNormWeights& weights, std::size_t size, const Work& work) {
  const Row row{std::ssize(weights.scale), weights.scale.data(), weights.shift.data(), weights.epsilon};
  for_each_block(static_cast<Size>(size) / row.d, kRows, [&](Size begin, Size end) {
    for (Size t = begin; t < end; ++t) work(row, t, t * row.d);
  });
}

}  // namespace

void layer_norm_forward(const LayerNormWeights& weights, std::span<const float> residual, std::span<float> x,
                        std::span<float> y, std::span<float> mean, std::span<float> rstd, std::span<Bf16> y_rounded) {
  for_each_row(weights, x.size(), [&](const Row& row, Size t, Size at) {
    const float* base = residual.empty() ? nullptr : residual.data() + at;
    const Statistics found = forward_row(row, base, x.data() + at, y.data() + at);
    if (!mean.empty()) mean[t] = found.mean;
    if (!rstd.empty()) rstd[t] = found.rstd;
    if (!y_rounded.empty()) round_row(y.data() + at, row.d, y_rounded.data() + at);
  });
}

void layer_norm_backward(Backward mode, const LayerNormWeights& weights, std::span<const float> x,
                         std::span<const float> mean, std::span<const float> rstd, std::span<const float> d_y,
                         std::span<float> d_x, std::span<Bf16> d_x_rounded) {
  for_each_row(weights, d_y.size(), [&](const Row& row, Size t, Size at) {
    if (mode == Backward::exact) {
      exact_row(row, rstd[t], d_y.data() + at, d_x.data() + at);
    } else {
      gradient_row(row, {mean[t], rstd[t]}, x.data() + at, d_y.data() + at, d_x.data() + at);
    }
    if (!d_x_rounded.empty()) round_row(d_x.data() + at, row.d, d_x_rounded.data() + at);
  });
}

void add_layer_norm_gradients(std::span<const float> x, std::span<const float> mean, std::span<const float> rstd,
                              std::span<const float> d_y, std::span<float> d_scale, std::span<float> d_shift) {
  constexpr Size kColumns = 64;  // a task; each column is summed by one thread
  const Size d = std::ssize(d_scale);
  for_each_block(d, kColumns, [&](Size begin, Size end) {
    add_columns(x, mean, rstd, d_y, d, begin, end, d_scale.data(), d_shift.data());
  });
}

void layer_norm_gate_forward(const LayerNormWeights& weights, std::span<const float> rstd, std::span<const float> s,
                             std::span<float> r) {
  for_each_row(weights, s.size(),
               [&](const Row& row, Size t, Size at) { gate_forward_row(row, rstd[t], s.data() + at, r.data() + at); });
}

void layer_norm_gate_backward(const LayerNormWeights& weights, std::span<const float> x, std::span<const float> mean,
                              std::span<const float> rstd, std::span<const float> s, std::span<const float> d_r,
                              std::span<float> d_x) {
  for_each_row(weights, x.size(), [&](const Row& row, Size t, Size at) {
    gate_row(row, {mean[t], rstd[t]}, x.data() + at, s.data() + at, d_r.data() + at, d_x.data() + at);
  });
}

}  // namespace pellucid
