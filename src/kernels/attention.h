// Multi-head self-attention over a packed batch: softmax(Q Kᵀ / √d_k + B) V within each text, nothing
// across texts (paper section 3; Vaswani et al. 2017). d = heads · d_k.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/activations.h"
#include "kernels/backward.h"
#include "kernels/relative_position.h"

namespace pellucid {

// Activations of one call have one type; sums, softmax and products are fp32.
// qkv [T, 3d]: each row holds q, k, v of a token, all heads side by side. bounds [B + 1].
// context [T, d]. `weights`, if not empty, receives A: for each text [heads, n, n], texts one after another. `bias`
// is B; its values reach as far as the longest text.
void attention_forward(const ConstActivations& qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                       const Activations& context, std::span<float> weights = {}, const RelativeBias& bias = {});

// d_context [T, d] -> d_qkv [T, 3d]. A is computed again from qkv.
//   exact     A held fixed: d_q = d_k = 0, d_v = Aᵀ d_context
//   gradient  the true gradient; with a bias, its own is added to `d_bias` [heads, 2 reach + 1] unless that is empty
void attention_backward(Backward mode, const ConstActivations& qkv, std::span<const std::int32_t> bounds,
                        std::int64_t heads, const ConstActivations& d_context, const Activations& d_qkv,
                        const RelativeBias& bias = {}, std::span<float> d_bias = {});

// ∂f/∂A of a functional with d_context at the context: d_weights^h_ji = ⟨d_context_j, v_i⟩ of head h; laid out as
// `weights` above.
void attention_weight_gradient(const ConstActivations& qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                               const ConstActivations& d_context, std::span<float> d_weights);

// a_i = Σ_h Σ_j A^h_ji g_j, of an attention without bias: what positions j with gradient g [T] take from i (columns). a
// [T]
void attention_column_sum(const ConstActivations& qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                          std::span<const float> g, std::span<float> a);

// Plain loops in the order of the equations; what the tests compare with.
namespace reference {
void attention_forward(std::span<const float> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                       std::span<float> context, std::span<float> weights = {}, const RelativeBias& bias = {});
void attention_backward(Backward mode, std::span<const float> qkv, std::span<const std::int32_t> bounds,
                        std::int64_t heads, std::span<const float> d_context, std::span<float> d_qkv,
                        const RelativeBias& bias = {}, std::span<float> d_bias = {});
void attention_weight_gradient(std::span<const float> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                               std::span<const float> d_context, std::span<float> d_weights);
void attention_column_sum(std::span<const float> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                          std::span<const float> g, std::span<float> a);
}  // namespace reference

}  // namespace pellucid
