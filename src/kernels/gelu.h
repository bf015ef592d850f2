// GELU(x) = x Φ(x), Φ the standard normal distribution (Hendrycks & Gimpel 2016; the erf form).
#pragma once

#include <span>

#include "kernels/activations.h"
#include "kernels/backward.h"

namespace pellucid {

// y may be x. All arguments of a call have one type.
void gelu_forward(const ConstActivations& x, const Activations& y);

// d_y -> d_x, which may be d_y.
//   exact     Φ(x) held fixed: d_x = Φ(x) d_y
//   gradient  d_x = (Φ(x) + x φ(x)) d_y
void gelu_backward(Backward mode, const ConstActivations& x, const ConstActivations& d_y, const Activations& d_x);

// A second stream s through the gate, r = Φ(x) s, taken back to the gate: d_x += φ(x) s d_r.
void gelu_gate_backward(const ConstActivations& x, const ConstActivations& s, const ConstActivations& d_r,
                        const Activations& d_x);

namespace reference {
void gelu_forward(std::span<const float> x, std::span<float> y);
void gelu_backward(Backward mode, std::span<const float> x, std::span<const float> d_y, std::span<float> d_x);
}  // namespace reference

}  // namespace pellucid
