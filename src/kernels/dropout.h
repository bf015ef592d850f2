// Inverted dropout whose mask is a function of (seed, position): nothing is stored, the backward pass
// draws the same mask again (Srivastava et al. 2014; counter-based as in Salmon et al. 2011).
#pragma once

#include <cstdint>
#include <span>

#include "kernels/bf16.h"

namespace pellucid {

// out_i = residual_i + m_i x_i / (1 − p), m_i = 1 with probability 1 − p. An empty residual counts as 0.
// x is fp32 or bf16, out fp32.
void dropout_add(std::span<const float> residual, std::span<const float> x, float p, std::uint64_t seed,
                 std::span<float> out);
void dropout_add(std::span<const float> residual, std::span<const Bf16> x, float p, std::uint64_t seed,
                 std::span<float> out);

// d_x_i = m_i d_out_i / (1 − p), with the same seed; the residual's gradient is d_out itself.
void dropout_backward(std::span<const float> d_out, float p, std::uint64_t seed, std::span<float> d_x);
void dropout_backward(std::span<const float> d_out, float p, std::uint64_t seed, std::span<Bf16> d_x);

}  // namespace pellucid
