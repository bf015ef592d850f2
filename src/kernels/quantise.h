// Dynamic quantisation to 8 bits for products of int8: rows of activations by their largest value, rows of weights by
// theirs (as in Jacob et al. 2018, symmetric).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/activations.h"

namespace pellucid {

// x [rows, d] ≈ scale_t (q_t − 128), q in 1 … 255. scales [rows]
inline constexpr int kZeroPoint = 128;
void quantise_rows(const ConstActivations& x, std::span<float> scales, std::span<std::uint8_t> q);

// w [rows, d] ≈ scale_o q_o, q in −127 … 127. scales [rows]
void quantise_weights(std::span<const float> w, std::span<float> scales, std::span<std::int8_t> q);

// y_to = row_t column_o y_to + bias_o: from a product of integers to what it stands for. y [rows, out], bias may be
// empty
void dequantise_rows(std::span<const float> rows, std::span<const float> columns, std::span<const float> bias,
                     const Activations& y);

}  // namespace pellucid
