#include "kernels/quantise.h"

#include <bit>
#include <cmath>

#include "kernels/clones.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr float kLargest = 127;
constexpr float kMagic = 12582912.0F;  // 1.5 · 2^23: adding it rounds to an integer in the low bits

template <class T>
PELLUCID_CLONES float largest_of(const T* x, Size d) {
  float largest = 0;
  float damage = 0;  // 0, or NaN where a value is infinite or no number: the scale then is NaN too
#pragma omp simd reduction(max : largest) reduction(+ : damage)
  for (Size k = 0; k < d; ++k) {
    const float value = to_float(x[k]);
    const float size = std::fabs(value);
    largest = size > largest ? size : largest;
    damage += value * 0;
  }
  return largest + damage;
}

template <class T>
PELLUCID_CLONES void quantise(const T* x, Size d, float factor, int zero_point, std::uint8_t* q) {
#pragma omp simd
  for (Size k = 0; k < d; ++k) {
    q[k] = static_cast<std::uint8_t>(std::bit_cast<std::int32_t>(to_float(x[k]) * factor + kMagic) + zero_point);
  }
}

// Writes one row to q and returns its scale.
template <class T>
float quantise_row(const T* x, Size d, int zero_point, std::uint8_t* q) {
  const float largest = largest_of(x, d);
  quantise(x, d, largest > 0 ? kLargest / largest : 0.0F, zero_point, q);
  return largest / kLargest;
}

template <class T>
PELLUCID_CLONES void dequantise(T* y, Size out, float row, const float* columns, const float* bias) {
  if (bias == nullptr) {
#pragma omp simd
    for (Size k = 0; k < out; ++k) y[k] = rounded<T>(to_float(y[k]) * (row * columns[k]));
  } else {
#pragma omp simd
    for (Size k = 0; k < out; ++k) y[k] = rounded<T>(to_float(y[k]) * (row * columns[k]) + bias[k]);
  }
}

}  // namespace

void quantise_rows(const ConstActivations& x, std::span<float> scales, std::span<std::uint8_t> q) {
  std::visit(
      [&](auto values) {
        const Size d = std::ssize(values) / std::ssize(scales);
        for (Size t = 0; t < std::ssize(scales); ++t) {
          scales[t] = quantise_row(values.data() + t * d, d, kZeroPoint, q.data() + t * d);
        }
      },
      x);
}

void quantise_weights(std::span<const float> w, std::span<float> scales, std::span<std::int8_t> q) {
  const Size d = std::ssize(w) / std::ssize(scales);
  for (Size o = 0; o < std::ssize(scales); ++o) {
    scales[o] = quantise_row(w.data() + o * d, d, 0, reinterpret_cast<std::uint8_t*>(q.data() + o * d));
  }
}

void dequantise_rows(std::span<const float> rows, std::span<const float> columns, std::span<const float> bias,
                     const Activations& y) {
  const Size out = std::ssize(columns);
  std::visit(
      [&](auto values) {
        for (Size t = 0; t < std::ssize(rows); ++t) {
          dequantise(values.data() + t * out, out, rows[t], columns.data(), bias.empty() ? nullptr : bias.data());
        }
      },
      y);
}

}  // namespace pellucid
