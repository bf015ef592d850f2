#include "kernels/causal_convolution.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "kernels/exponential.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kLanes = 64;  // channels a task, through all texts; the last ones are padded with zeros
constexpr Size kTaps = kConvolutionWidth;

// The channels [first, first + width) and their parameters, a tap's side by side.
struct Block {
  Size d, first, width;
  alignas(64) float weight[kTaps][kLanes] = {};
  alignas(64) float bias[kLanes] = {};

  Block(const CausalConvolution<float>& convolution, Size begin, Size end)
      : d(std::ssize(convolution.bias)), first(begin), width(end - begin) {
    for (Size k = 0; k < width; ++k) {
      for (Size j = 0; j < kTaps; ++j) weight[j][k] = convolution.weight[(first + k) * kTaps + j];
      bias[k] = convolution.bias[first + k];
    }
  }
};

// p_i before SiLU; i counts in reading order.
inline void sum_taps(const Block& block, const TextRows& rows, Size i, const float* x, float* p) {
  std::copy_n(block.bias, kLanes, p);
  for (Size j = std::max<Size>(0, kTaps - 1 - i); j < kTaps; ++j) {
    const float* row = x + rows.row(i - kTaps + 1 + j) * block.d + block.first;
    const float* weight = block.weight[j];
#pragma omp simd
    for (Size k = 0; k < block.width; ++k) p[k] += weight[k] * row[k];
  }
}

PELLUCID_CLONES void forward_text(const Block& block, const TextRows& rows, const float* x, float* y) {
  for (Size i = 0; i < rows.size(); ++i) {
    alignas(64) float p[kLanes];
    sum_taps(block, rows, i, x, p);
    float* out = y + rows.row(i) * block.d + block.first;
#pragma omp simd
    for (Size k = 0; k < block.width; ++k) out[k] = p[k] * sigmoid(p[k]);
  }
}

struct Sums {
  alignas(64) float weight[kTaps][kLanes] = {};
  alignas(64) float bias[kLanes] = {};
};

// d_p [n, kLanes]: room.
PELLUCID_CLONES void backward_text(const Block& block, const TextRows& rows, const float* x, const float* d_y,
                                   float* d_p, float* d_x, Sums& sums) {
  for (Size i = 0; i < rows.size(); ++i) {
    alignas(64) float p[kLanes];
    sum_taps(block, rows, i, x, p);
    const float* from = d_y + rows.row(i) * block.d + block.first;
    float* at = d_p + i * kLanes;
#pragma omp simd
    for (Size k = 0; k < block.width; ++k) {
      const float gate = sigmoid(p[k]);
      at[k] = from[k] * gate * (1.0F + p[k] * (1.0F - gate));
      sums.bias[k] += at[k];
    }
    for (Size j = std::max<Size>(0, kTaps - 1 - i); j < kTaps; ++j) {
      const float* row = x + rows.row(i - kTaps + 1 + j) * block.d + block.first;
      float* sum = sums.weight[j];
#pragma omp simd
      for (Size k = 0; k < block.width; ++k) sum[k] += at[k] * row[k];
    }
  }
  for (Size i = 0; i < rows.size(); ++i) {
    float* out = d_x + rows.row(i) * block.d + block.first;
    std::fill_n(out, block.width, 0.0F);
    for (Size j = std::max<Size>(0, kTaps - rows.size() + i); j < kTaps; ++j) {
      const float* at = d_p + (i + kTaps - 1 - j) * kLanes;
      const float* weight = block.weight[j];
#pragma omp simd
      for (Size k = 0; k < block.width; ++k) out[k] += weight[k] * at[k];
    }
  }
}

}  // namespace

void causal_convolution_forward(const CausalConvolution<float>& convolution, std::span<const std::int32_t> bounds,
                                ReadingOrder order, std::span<const float> x, std::span<float> y) {
  for_each_block(std::ssize(convolution.bias), kLanes, [&](Size begin, Size end) {
    const Block block(convolution, begin, end);
    for (std::size_t text = 0; text + 1 < bounds.size(); ++text)
      forward_text(block, {bounds[text], bounds[text + 1], order}, x.data(), y.data());
  });
}

void causal_convolution_backward(const CausalConvolution<float>& convolution, std::span<const std::int32_t> bounds,
                                 ReadingOrder order, std::span<const float> x, std::span<const float> d_y,
                                 std::span<float> d_x, std::span<float> d_weight, std::span<float> d_bias) {
  Size longest = 0;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text)
    longest = std::max<Size>(longest, bounds[text + 1] - bounds[text]);
  for_each_block(std::ssize(convolution.bias), kLanes, [&](Size begin, Size end) {
    const Block block(convolution, begin, end);
    std::vector<float> d_p(longest * kLanes);
    Sums sums;
    for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
      backward_text(block, {bounds[text], bounds[text + 1], order}, x.data(), d_y.data(), d_p.data(), d_x.data(), sums);
    }
    for (Size k = 0; k < block.width; ++k) {
      for (Size j = 0; j < kTaps; ++j) d_weight[(begin + k) * kTaps + j] += sums.weight[j][k];
      d_bias[begin + k] += sums.bias[k];
    }
  });
}

namespace reference {
namespace {

double sigmoid_of(double p) {
  return 1 / (1 + std::exp(-p));
}

double sum_of(const CausalConvolution<double>& convolution, const TextRows& rows, Size i, std::size_t k,
              std::span<const double> x) {
  double sum = convolution.bias[k];
  for (Size j = 0; j < kTaps; ++j) {
    const Size from = i - kTaps + 1 + j;
    if (from >= 0) sum += convolution.weight[k * kTaps + j] * x[rows.row(from) * convolution.bias.size() + k];
  }
  return sum;
}

}  // namespace

void causal_convolution_forward(const CausalConvolution<double>& convolution, std::span<const std::int32_t> bounds,
                                ReadingOrder order, std::span<const double> x, std::span<double> y) {
  const std::size_t d = convolution.bias.size();
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const TextRows rows{bounds[text], bounds[text + 1], order};
    for (Size i = 0; i < rows.size(); ++i) {
      for (std::size_t k = 0; k < d; ++k) {
        const double p = sum_of(convolution, rows, i, k, x);
        y[rows.row(i) * d + k] = p * sigmoid_of(p);
      }
    }
  }
}

void causal_convolution_backward(const CausalConvolution<double>& convolution, std::span<const std::int32_t> bounds,
                                 ReadingOrder order, std::span<const double> x, std::span<const double> d_y,
                                 std::span<double> d_x, std::span<double> d_weight, std::span<double> d_bias) {
  const std::size_t d = convolution.bias.size();
  std::ranges::fill(d_x, 0.0);
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const TextRows rows{bounds[text], bounds[text + 1], order};
    for (Size i = 0; i < rows.size(); ++i) {
      for (std::size_t k = 0; k < d; ++k) {
        const double p = sum_of(convolution, rows, i, k, x);
        const double gate = sigmoid_of(p);
        const double d_p = d_y[rows.row(i) * d + k] * gate * (1 + p * (1 - gate));
        d_bias[k] += d_p;
        for (Size j = 0; j < kTaps; ++j) {
          const Size from = i - kTaps + 1 + j;
          if (from < 0) continue;
          d_weight[k * kTaps + j] += d_p * x[rows.row(from) * d + k];
          d_x[rows.row(from) * d + k] += d_p * convolution.weight[k * kTaps + j];
        }
      }
    }
  }
}

}  // namespace reference

}  // namespace pellucid
