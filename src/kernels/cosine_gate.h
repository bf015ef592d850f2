// The power of the cosine that a B-cos layer multiplies its products by (Böhle et al. 2022, equation 3), so that
// only inputs that point where a weight points come through:
//     y_o = r_o (|r_o| / l + ε)^p      r_o = ⟨ŵ_o, x⟩, l the length of x, p = B − 1
#pragma once

#include <span>

namespace pellucid {

// Where |cos| is 0 its power has no derivative, and an empty x no direction.
inline constexpr double kLeastCosine = 1e-6;  // ε

// T: float for the kernel, double for its reference.
template <class T>
struct CosineGate {
  std::span<const T> products;  // r [rows, outputs]
  std::span<const T> lengths;   // l [rows], > 0
  T exponent;                   // p, 0 to 3
};

// y [rows, outputs]
void cosine_gate_forward(const CosineGate<float>& gate, std::span<float> y);

// The true derivatives of f by r [rows, outputs] and l [rows].
void cosine_gate_backward(const CosineGate<float>& gate, std::span<const float> d_y, std::span<float> d_products,
                          std::span<float> d_lengths);

// Plain loops in the order of the equation; what the tests compare with.
namespace reference {
void cosine_gate_forward(const CosineGate<double>& gate, std::span<double> y);
void cosine_gate_backward(const CosineGate<double>& gate, std::span<const double> d_y, std::span<double> d_products,
                          std::span<double> d_lengths);
}  // namespace reference

}  // namespace pellucid
