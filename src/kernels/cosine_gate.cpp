#include "kernels/cosine_gate.h"

#include <cmath>

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "kernels/exponential.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kRows = 16;  // a task's
constexpr auto kLeast = static_cast<float>(kLeastCosine);

template <class T>
Size outputs_of(const CosineGate<T>& gate) {
  return gate.lengths.empty() ? 0 : std::ssize(gate.products) / std::ssize(gate.lengths);
}

PELLUCID_CLONES void forward_row(const float* r, Size outputs, float length, float exponent, float* y) {
  const float inverse = 1 / length;
#pragma omp simd
  for (Size o = 0; o < outputs; ++o) {
    y[o] = r[o] * exp_of(exponent * log_of(std::fabs(r[o]) * inverse + kLeast));
  }
}

// ∂f/∂l
PELLUCID_CLONES float backward_row(const float* r, Size outputs, float length, float exponent, const float* d_y,
                                   float* d_r) {
  const float inverse = 1 / length;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Size o = 0; o < outputs; ++o) {
    const float cosine = std::fabs(r[o]) * inverse;
    const float scaled = d_y[o] * exp_of(exponent * log_of(cosine + kLeast));
    const float through = scaled * exponent * cosine / (cosine + kLeast);  // by way of the gate, as a share of r or −l
    d_r[o] = scaled + through;
    sum += through * r[o];
  }
  return -sum * inverse;
}

}  // namespace

void cosine_gate_forward(const CosineGate<float>& gate, std::span<float> y) {
  const Size outputs = outputs_of(gate);
  for_each_block(std::ssize(gate.lengths), kRows, [&](Size begin, Size end) {
    for (Size t = begin; t < end; ++t) {
      forward_row(gate.products.data() + t * outputs, outputs, gate.lengths[t], gate.exponent, y.data() + t * outputs);
    }
  });
}

void cosine_gate_backward(const CosineGate<float>& gate, std::span<const float> d_y, std::span<float> d_products,
                          std::span<float> d_lengths) {
  const Size outputs = outputs_of(gate);
  for_each_block(std::ssize(gate.lengths), kRows, [&](Size begin, Size end) {
    for (Size t = begin; t < end; ++t) {
      d_lengths[t] = backward_row(gate.products.data() + t * outputs, outputs, gate.lengths[t], gate.exponent,
                                  d_y.data() + t * outputs, d_products.data() + t * outputs);
    }
  });
}

namespace reference {

void cosine_gate_forward(const CosineGate<double>& gate, std::span<double> y) {
  const Size outputs = outputs_of(gate);
  for (Size i = 0; i < std::ssize(y); ++i) {
    const double r = gate.products[i];
    y[i] = r * std::pow(std::abs(r) / gate.lengths[i / outputs] + kLeastCosine, gate.exponent);
  }
}

void cosine_gate_backward(const CosineGate<double>& gate, std::span<const double> d_y, std::span<double> d_products,
                          std::span<double> d_lengths) {
  const Size outputs = outputs_of(gate);
  for (double& d_length : d_lengths) d_length = 0;
  for (Size i = 0; i < std::ssize(d_y); ++i) {
    const double r = gate.products[i];
    const double length = gate.lengths[i / outputs];
    const double base = std::abs(r) / length + kLeastCosine;
    const double d_base = d_y[i] * r * gate.exponent * std::pow(base, gate.exponent - 1);
    d_products[i] = d_y[i] * std::pow(base, gate.exponent) + d_base * (r < 0 ? -1 : 1) / length;
    d_lengths[i / outputs] -= d_base * std::abs(r) / (length * length);
  }
}

}  // namespace reference
}  // namespace pellucid
