// GEGLU(a, v) = GELU(a) v (Shazeer 2020): a gate and a value of m columns each, side by side in the rows of x [T, 2m].
// All arguments of a call have one type.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/activations.h"
#include "kernels/backward.h"

namespace pellucid {

// y [T, m]
void geglu_forward(std::int64_t m, const ConstActivations& x, const Activations& y);

// d_y [T, m] -> d_x [T, 2m].
//   exact     the gate GELU(a) held fixed: d_a = 0, d_v = GELU(a) d_y
//   gradient  the true gradient
void geglu_backward(Backward mode, std::int64_t m, const ConstActivations& x, const ConstActivations& d_y,
                    const Activations& d_x);

// A second stream s [T, 2m] through the gate: r [T, m] = GELU(a) s_v.
void geglu_gate_forward(std::int64_t m, const ConstActivations& x, const ConstActivations& s, const Activations& r);

// That stream taken back to the gate: d_a += GELU'(a) s_v d_r, in d_x [T, 2m].
void geglu_gate_backward(std::int64_t m, const ConstActivations& x, const ConstActivations& s,
                         const ConstActivations& d_r, const Activations& d_x);

namespace reference {
void geglu_forward(std::int64_t m, std::span<const float> x, std::span<float> y);
void geglu_backward(Backward mode, std::int64_t m, std::span<const float> x, std::span<const float> d_y,
                    std::span<float> d_x);
}  // namespace reference

}  // namespace pellucid
