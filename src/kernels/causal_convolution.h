// The short convolution before a selective scan (Gu & Dao 2023, figure 3): each channel by itself, over the token and
// the three read before it, then SiLU(p) = p σ(p):
//     y_t = SiLU(bias + Σ_j weight_j x_{t−3+j})          x is 0 before the text's first token
#pragma once

#include <cstdint>
#include <span>

#include "kernels/reading_order.h"

namespace pellucid {

inline constexpr std::ptrdiff_t kConvolutionWidth = 4;

// T: float for the kernel, double for its reference.
template <class T>
struct CausalConvolution {
  std::span<const T> weight;  // [d, 4]; the last column is the token's own
  std::span<const T> bias;    // [d]
};

// x, y [T, d]
void causal_convolution_forward(const CausalConvolution<float>& convolution, std::span<const std::int32_t> bounds,
                                ReadingOrder order, std::span<const float> x, std::span<float> y);

// d_x [T, d] is written, d_weight and d_bias are added to, over the texts in their order.
void causal_convolution_backward(const CausalConvolution<float>& convolution, std::span<const std::int32_t> bounds,
                                 ReadingOrder order, std::span<const float> x, std::span<const float> d_y,
                                 std::span<float> d_x, std::span<float> d_weight, std::span<float> d_bias);

namespace reference {
void causal_convolution_forward(const CausalConvolution<double>& convolution, std::span<const std::int32_t> bounds,
                                ReadingOrder order, std::span<const double> x, std::span<double> y);
void causal_convolution_backward(const CausalConvolution<double>& convolution, std::span<const std::int32_t> bounds,
                                 ReadingOrder order, std::span<const double> x, std::span<const double> d_y,
                                 std::span<double> d_x, std::span<double> d_weight, std::span<double> d_bias);
}  // namespace reference

}  // namespace pellucid
