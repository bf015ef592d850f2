// LayerNorm of each row (Ba et al. 2016): y = γ (x − mean) rstd + β, rstd = 1 / √(variance + ε).
#pragma once

#include <span>

#include "kernels/backward.h"
#include "kernels/bf16.h"

namespace pellucid {

struct LayerNormWeights {
  std::span<const float> scale;  // γ [d]
  std::span<const float> shift;  // β [d]
  float epsilon = 0;
};

// x [T, d] becomes residual + x (an empty residual counts as 0), y [T, d] its norm. y may be x or
// residual. mean and rstd [T] are written unless empty, and y rounded to bf16 [T, d].
void layer_norm_forward(const LayerNormWeights& weights, std::span<const float> residual, std::span<float> x,
                        std::span<float> y, std::span<float> mean = {}, std::span<float> rstd = {},
                        std::span<Bf16> y_rounded = {});

// d_y -> d_x, the gradient at the sum x; d_x may be d_y. Unless empty, d_x_rounded gets it in bf16.
//   exact     rstd held fixed (the mean is linear in x and is not): x and mean are not read
//   gradient  the true gradient
void layer_norm_backward(Backward mode, const LayerNormWeights& weights, std::span<const float> x,
                         std::span<const float> mean, std::span<const float> rstd, std::span<const float> d_y,
                         std::span<float> d_x, std::span<Bf16> d_x_rounded = {});

// d_scale [d] += Σ_t d_y x̂ and d_shift [d] += Σ_t d_y, x̂ = (x − mean) rstd; over the rows in their order.
void add_layer_norm_gradients(std::span<const float> x, std::span<const float> mean, std::span<const float> rstd,
                              std::span<const float> d_y, std::span<float> d_scale, std::span<float> d_shift);

// A second stream through the gate: r = γ (s − mean s) rstd, rstd of the first. r may be s.
void layer_norm_gate_forward(const LayerNormWeights& weights, std::span<const float> rstd, std::span<const float> s,
                             std::span<float> r);

// That stream taken back to the gate: d_x += ∂r/∂x d_r.
void layer_norm_gate_backward(const LayerNormWeights& weights, std::span<const float> x, std::span<const float> mean,
                              std::span<const float> rstd, std::span<const float> s, std::span<const float> d_r,
                              std::span<float> d_x);

namespace reference {
void layer_norm_forward(const LayerNormWeights& weights, std::span<const float> residual, std::span<float> x,
                        std::span<float> y, std::span<float> mean = {}, std::span<float> rstd = {});
void layer_norm_backward(Backward mode, const LayerNormWeights& weights, std::span<const float> x,
                         std::span<const float> mean, std::span<const float> rstd, std::span<const float> d_y,
                         std::span<float> d_x);
void layer_norm_gradients(std::span<const float> x, std::span<const float> mean, std::span<const float> rstd,
                          std::span<const float> d_y, std::span<float> d_scale, std::span<float> d_shift);  // both: +=
}  // namespace reference

}  // namespace pellucid
