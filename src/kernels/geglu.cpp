#include "kernels/geglu.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "kernels/normal_distribution.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kRows = 8;  // rows a task

// GELU'(a) = Φ(a) + a φ(a)
inline float slope(const Normal& at, float a) {
  return at.below + a * (kDensityAtZero * at.bell);
}

// y = GELU(a) v: the forward pass, and a stream through the gate.
template <class T>
PELLUCID_CLONES void gated_row(Size m, const T* a, const T* v, T* y) {
#pragma omp simd
  for (Size k = 0; k < m; ++k) {
    const float gate = to_float(a[k]);
    y[k] = rounded<T>(gate * normal(gate).below * to_float(v[k]));
  }
}
template <class T>
PELLUCID_CLONES void gradient_row(Size m, const T* a, const T* v, const T* d_y, T* d_a, T* d_v) {
#pragma omp simd
  for (Size k = 0; k < m; ++k) {
    const float gate = to_float(a[k]);
    const Normal at = normal(gate);
    const float d = to_float(d_y[k]);
    d_a[k] = rounded<T>(slope(at, gate) * to_float(v[k]) * d);
    d_v[k] = rounded<T>(gate * at.below * d);
  }
}
template <class T>
PELLUCID_CLONES void add_gate_row(Size m, const T* a, const T* s, const T* d_r, T* d_a) {
#pragma omp simd
  for (Size k = 0; k < m; ++k) {
    const float gate = to_float(a[k]);
    d_a[k] = rounded<T>(to_float(d_a[k]) + slope(normal(gate), gate) * to_float(s[k]) * to_float(d_r[k]));
  }
}

// Calls work(row) for each of the rows of `narrow` [T, m].
template <class T, class Work>
void for_each_row(Size m, std::span<T> narrow, const Work& work) {
  for_each_block(std::ssize(narrow) / m, kRows, [&](Size begin, Size end) {
    for (Size t = begin; t < end; ++t) work(t);
  });
}

// The view of x that has the type T.
template <class T>
const T* as(const ConstActivations& x) {
  return std::get<std::span<const T>>(x).data();
}

}  // namespace

void geglu_forward(std::int64_t m, const ConstActivations& x, const Activations& y) {
  geglu_gate_forward(m, x, x, y);
}

void geglu_backward(Backward mode, std::int64_t m, const ConstActivations& x, const ConstActivations& d_y,
                    const Activations& d_x) {
  std::visit(
      [&]<class T>(std::span<const T> from) {
        const T* at = as<T>(x);
        T* to = std::get<std::span<T>>(d_x).data();
        for_each_row(m, from, [&](Size t) {
          const T* a = at + 2 * t * m;
          T* d_a = to + 2 * t * m;
          if (mode == Backward::gradient) return gradient_row(m, a, a + m, from.data() + t * m, d_a, d_a + m);
          std::fill_n(d_a, m, T{});
          gated_row(m, a, from.data() + t * m, d_a + m);
        });
      },
      d_y);
}

void geglu_gate_forward(std::int64_t m, const ConstActivations& x, const ConstActivations& s, const Activations& r) {
  std::visit(
      [&]<class T>(std::span<T> to) {
        const T* at = as<T>(x);
        const T* stream = as<T>(s);
        for_each_row(m, to, [&](Size t) { gated_row(m, at + 2 * t * m, stream + (2 * t + 1) * m, to.data() + t * m); });
      },
      r);
}

void geglu_gate_backward(std::int64_t m, const ConstActivations& x, const ConstActivations& s,
                         const ConstActivations& d_r, const Activations& d_x) {
  std::visit(
      [&]<class T>(std::span<const T> from) {
        const T* at = as<T>(x);
        const T* stream = as<T>(s);
        T* to = std::get<std::span<T>>(d_x).data();
        for_each_row(m, from, [&](Size t) {
          add_gate_row(m, at + 2 * t * m, stream + (2 * t + 1) * m, from.data() + t * m, to + 2 * t * m);
        });
      },
      d_r);
}

void reference::geglu_forward(std::int64_t m, std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double a = x[i / m * 2 * m + i % m];
    y[i] = static_cast<float>(0.5 * a * std::erfc(-a * M_SQRT1_2) * x[i / m * 2 * m + m + i % m]);
  }
}

void reference::geglu_backward(Backward mode, std::int64_t m, std::span<const float> x, std::span<const float> d_y,
                               std::span<float> d_x) {
  for (std::size_t i = 0; i < d_y.size(); ++i) {
    const std::size_t at = i / m * 2 * m + i % m;
    const double a = x[at];
    const double below = 0.5 * std::erfc(-a * M_SQRT1_2);
    const double slope = below + a * std::exp(-0.5 * a * a) / std::sqrt(2 * M_PI);
    d_x[at] = mode == Backward::exact ? 0.0F : static_cast<float>(slope * x[at + m] * d_y[i]);
    d_x[at + m] = static_cast<float>(a * below * d_y[i]);
  }
}

}  // namespace pellucid
