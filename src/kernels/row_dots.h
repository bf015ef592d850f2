// Inner products of rows, into double: the terms of an exact decomposition.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/activations.h"

namespace pellucid {

// sums[t] += ⟨a_t, b_t⟩. a, b [T, d], d = a.size() / sums.size()
void add_row_dots(std::span<const float> a, std::span<const float> b, std::span<double> sums);

// sums[t] += ⟨a_t, v⟩, v [d], a_t the columns [first, first + d) of a's row t. a [T, stride]
void add_row_dots(const ConstActivations& a, std::int64_t stride, std::int64_t first, std::span<const float> v,
                  std::span<double> sums);

}  // namespace pellucid
