// Inverted dropout whose mask is a function of (seed, position): nothing is stored, the backward pass
// draws the same mask again (Srivastava et al. 2014; counter-based as in Salmon et al. 2011).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/activations.h"

namespace pellucid {

struct Dropout {
  float p = 0;
  std::uint64_t seed = 0;
  std::size_t first = 0;  // the position of what a call is given; several calls may share one mask
};

// out_i = residual_i + m_i x_i / (1 − p), m_i = 1 with probability 1 − p. An empty residual counts as 0. out may be x.
void dropout_add(const Dropout& dropout, std::span<const float> residual, std::span<const float> x,
                 std::span<float> out);

// d_x_i = m_i d_out_i / (1 − p), d_x fp32 or bf16; the residual's gradient is d_out itself.
void dropout_backward(const Dropout& dropout, std::span<const float> d_out, const Activations& d_x);

}  // namespace pellucid
