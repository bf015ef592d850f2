// The two halves of a transformer layer (Vaswani et al. 2017, post-norm as in BERT), each a step of
// the forward pass and of three ways to go along or against it:
//   backward         a functional's derivative, with gates fixed or true (kernels/backward.h)
//   stream           another signal s through the layer's fixed gates, without biases: J_fixed s
//   stream_backward  the true derivative of a functional of that signal, gates included
// The last two differentiate a decomposition itself: a_i = ⟨e_i, J_fixedᵀ v⟩ depends on x through the gates.
//
// Where layers multiply in bf16, what passes from one product to the next is bf16; the sums that
// residual connections and LayerNorm see are fp32 always.
//
// An attention block begins each of its passes with stop_if_interrupted(): whatever a method or a measure does, it
// stops within a layer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backward.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"
#include "kernels/relative_position.h"
#include "runtime/buffer.h"

namespace pellucid {

// Rows that a residual connection adds and a matrix multiplies.
struct HiddenState {
  HiddenState() = default;
  HiddenState(std::size_t size, Precision precision);

  Buffer values;           // [T, d]
  BufferOf<Bf16> rounded;  // [T, d] the same for layers that multiply in bf16; else empty
  ConstActivations operand() const;
  void round();  // `rounded` from `values`
};

// Whether a stream gets the biases on its way: they are a signal of their own, to be added to one stream alone.
enum class Biases { left_out, added };

// y = LayerNorm(x + concat_h(A^h V_h) W_O + b_O): a layer's first half, and the context layer.
struct AttentionBlock {
  Linear qkv;  // parts: query, key, value
  Linear output;
  LayerNormWeights norm;
  std::int64_t heads;
  RelativeBias relative = {};  // a term of the scores

  struct Pass {
    ActivationBuffer qkv;  // [T, 3d]
    Buffer sum;            // [T, d] what the LayerNorm is given
    Buffer mean, rstd;     // [T]
  };
  struct Stream {
    ActivationBuffer qkv;  // [T, 3d] the pass's q and k beside the stream's v
    Buffer sum;            // [T, d]
  };

  // x [T, d] becomes y. `bounds` [B + 1] of the packed batch. `pass` may be null: nothing is kept. A is multiplied by
  // `factor`.
  void forward(HiddenState& x, std::span<const std::int32_t> bounds, Pass* pass, float factor = 1) const;

  // A of each text [heads, n, n], one after another, and how many numbers that is.
  std::vector<float> weights(const Pass& pass, std::span<const std::int32_t> bounds) const;
  std::size_t weight_count(std::span<const std::int32_t> bounds) const;

  // d [T, d] at y becomes d at x. exact: ⟨d, bias⟩ of every bias on the way is added to `bias` [T].
  // `d_qkv` [T, 3d]: what others owe to this block's q, k and v.
  // `d_weights`: ∂/∂A is written to it unless it is empty, laid out as weights() has it.
  void backward(Backward mode, const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> d,
                std::span<double> bias, std::span<const float> d_qkv = {}, std::span<float> d_weights = {}) const;

  void stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s, Stream& stream,
              Biases biases = Biases::left_out) const;

  // d_s at the stream's y becomes d_s at its s; d at y becomes d at x, with what the stream owes the gates.
  void stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                       std::span<float> d_s, std::span<float> d) const;
};

// y = LayerNorm(x + GELU(x W_1 + b_1) W_2 + b_2): a layer's second half.
struct FeedForwardBlock {
  Linear intermediate, output;
  LayerNormWeights norm;

  struct Pass {
    ActivationBuffer intermediate;  // [T, 4d] what GELU is given
    Buffer sum;                     // [T, d]
    Buffer mean, rstd;              // [T]
  };
  struct Stream {
    ActivationBuffer intermediate;  // [T, 4d]
    Buffer sum;                     // [T, d]
  };

  void forward(HiddenState& x, Pass* pass) const;
  void backward(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const;
  void stream(const Pass& pass, std::span<float> s, Stream& stream, Biases biases = Biases::left_out) const;
  void stream_backward(const Pass& pass, const Stream& stream, std::span<float> d_s, std::span<float> d) const;
};

}  // namespace pellucid
