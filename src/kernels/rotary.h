// Rotary position embeddings (Su et al. 2021): the pair (x_k, x_{k + d_k/2}) of a head's query or key at position p is
// turned by the angle p θ^(−2k/d_k), so that scores depend on distances.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/activations.h"

namespace pellucid {

// A row a position: d_k/2 cosines, then as many sines. [positions, d_k], d_k even. Angles are computed in fp32, as
// transformers has them.
std::vector<float> rotary_table(std::int64_t head_size, std::int64_t positions, double theta);

enum class Turn { forwards, back };

// Turns the queries and keys of qkv [T, 3d] in place, positions counted from each text's first token; bounds [B + 1].
// back: the inverse, which is the transposed matrix too, so it takes a gradient back.
void rotate(Turn turn, std::span<const float> table, std::span<const std::int32_t> bounds, std::int64_t heads,
            const Activations& qkv);

namespace reference {
void rotate(Turn turn, double theta, std::span<const std::int32_t> bounds, std::int64_t heads, std::span<float> qkv);
}  // namespace reference

}  // namespace pellucid
