// Views of activations in the type that a kernel reads or writes: fp32, or bf16 where layers multiply
// in bf16. Arithmetic between reading and writing is fp32 always.
#pragma once

#include <cstddef>
#include <span>
#include <variant>

#include "kernels/bf16.h"

namespace pellucid {

using ConstActivations = std::variant<std::span<const float>, std::span<const Bf16>>;
using Activations = std::variant<std::span<float>, std::span<Bf16>>;

inline bool is_bf16(const ConstActivations& x) {
  return x.index() == 1;
}
inline bool is_bf16(const Activations& x) {
  return x.index() == 1;
}
inline std::size_t size_of(const ConstActivations& x) {
  return std::visit([](auto values) { return values.size(); }, x);
}
inline ConstActivations as_const(const Activations& x) {
  return std::visit(
      [](auto values) -> ConstActivations { return std::span<const typename decltype(values)::value_type>(values); },
      x);
}

// Rows [begin, begin + count) of matrices with any number of columns; of an empty one: nothing.
struct Rows {
  std::size_t begin, count;

  template <class T>
  std::span<T> of(std::span<T> x, std::size_t columns = 1) const {
    return x.empty() ? x : x.subspan(begin * columns, count * columns);
  }
  ConstActivations of(const ConstActivations& x, std::size_t columns) const {
    return std::visit([&](auto values) -> ConstActivations { return of(values, columns); }, x);
  }
  Activations of(const Activations& x, std::size_t columns) const {
    return std::visit([&](auto values) -> Activations { return of(values, columns); }, x);
  }
};

inline void to_fp32(const ConstActivations& from, std::span<float> to) {
  std::visit(
      [&](auto values) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = to_float(values[i]);
      },
      from);
}

}  // namespace pellucid
