#include "kernels/gelu.h"

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "kernels/normal_distribution.h"

namespace pellucid {
namespace {

constexpr std::ptrdiff_t kBlock = 1 << 13;

template <class T>
PELLUCID_CLONES void forward_block(const T* x, T* y, std::ptrdiff_t begin, std::ptrdiff_t end) {
#pragma omp simd
  for (std::ptrdiff_t i = begin; i < end; ++i) y[i] = rounded<T>(to_float(x[i]) * normal(to_float(x[i])).below);
}
template <class T>
PELLUCID_CLONES void exact_block(const T* x, const T* d_y, T* d_x, std::ptrdiff_t begin, std::ptrdiff_t end) {
#pragma omp simd
  for (std::ptrdiff_t i = begin; i < end; ++i) d_x[i] = rounded<T>(normal(to_float(x[i])).below * to_float(d_y[i]));
}
template <class T>
PELLUCID_CLONES void gradient_block(const T* x, const T* d_y, T* d_x, std::ptrdiff_t begin, std::ptrdiff_t end) {
#pragma omp simd
  for (std::ptrdiff_t i = begin; i < end; ++i) {
    const float value = to_float(x[i]);
    const Normal n = normal(value);
    d_x[i] = rounded<T>((n.below + value * (kDensityAtZero * n.bell)) * to_float(d_y[i]));
  }
}
template <class T>
PELLUCID_CLONES void gate_block(const T* x, const T* s, const T* d_r, T* d_x, std::ptrdiff_t begin,
                                std::ptrdiff_t end) {
#pragma omp simd
  for (std::ptrdiff_t i = begin; i < end; ++i) {
    const float value = to_float(x[i]);
    const float density = kDensityAtZero * exp_of(-0.5F * value * value);
    d_x[i] = rounded<T>(to_float(d_x[i]) + density * to_float(s[i]) * to_float(d_r[i]));
  }
}

// The view of x that has the type of `like`: a call's arguments have one type.
template <class T>
const T* as(const ConstActivations& x, std::span<T> /*like*/) {
  return std::get<std::span<const T>>(x).data();
}

}  // namespace

void gelu_forward(const ConstActivations& x, const Activations& y) {
  std::visit(
      [&](auto to) {
        const auto* from = as(x, to);
        for_each_block(std::ssize(to), kBlock, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {  //
          forward_block(from, to.data(), begin, end);
        });
      },
      y);
}

void gelu_backward(Backward mode, const ConstActivations& x, const ConstActivations& d_y, const Activations& d_x) {
  std::visit(
      [&](auto to) {
        const auto* at = as(x, to);
        const auto* from = as(d_y, to);
        for_each_block(std::ssize(to), kBlock, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
          if (mode == Backward::exact) {
            exact_block(at, from, to.data(), begin, end);
          } else {
            gradient_block(at, from, to.data(), begin, end);
          }
        });
      },
      d_x);
}

void gelu_gate_backward(const ConstActivations& x, const ConstActivations& s, const ConstActivations& d_r,
                        const Activations& d_x) {
  std::visit(
      [&](auto to) {
        const auto* at = as(x, to);
        const auto* stream = as(s, to);
        const auto* from = as(d_r, to);
        for_each_block(std::ssize(to), kBlock, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
          gate_block(at, stream, from, to.data(), begin, end);
        });
      },
      d_x);
}

}  // namespace pellucid
