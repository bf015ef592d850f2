// The two halves of a transformer layer (Vaswani et al. 2017), each y = LayerNorm(x + f(x)) as in BERT, or
// y = x + f(LayerNorm(x)), f being attention or feed-forward; and each a step of the forward pass and of three ways to
// go along or against it:
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

// f(x) = concat_h(A^h V_h) W_O + b_O: a layer's first half, and the context layer.
struct AttentionBlock {
  Linear qkv;  // parts: query, key, value
  Linear output;
  LayerNormWeights norm;  // empty, with pre_norm alone: none
  std::int64_t heads;
  RelativeBias relative = {};          // a term of the scores
  bool pre_norm = false;               // y = x + f(LayerNorm(x))
  std::span<const float> rotary = {};  // kernels/rotary.h; empty: queries and keys are not turned

  struct Pass {
    ActivationBuffer qkv;  // [T, 3d] q and k turned
    Buffer sum;            // [T, d] what the LayerNorm is given
    Buffer mean, rstd;     // [T]
  };
  struct Stream {
    ActivationBuffer qkv;  // [T, 3d] the pass's q and k beside the stream's v
    Buffer sum;            // [T, d] what the LayerNorm is given
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

// f(x) = φ(x W_1 + b_1) W_2 + b_2, φ GELU or GeGLU: a layer's second half.
struct FeedForwardBlock {
  Linear intermediate, output;
  LayerNormWeights norm;
  bool pre_norm = false;  // y = x + f(LayerNorm(x))
  bool gated = false;     // GeGLU: x W_1 is twice as wide as what it makes

  struct Pass {
    ActivationBuffer intermediate;  // [T, wide] what φ is given
    Buffer sum;                     // [T, d]
    Buffer mean, rstd;              // [T]
  };
  struct Stream {
    ActivationBuffer intermediate;  // [T, wide]
    Buffer sum;                     // [T, d]
  };

  void forward(HiddenState& x, Pass* pass) const;
  void backward(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const;
  void stream(const Pass& pass, std::span<float> s, Stream& stream, Biases biases = Biases::left_out) const;
  void stream_backward(const Pass& pass, const Stream& stream, std::span<float> d_s, std::span<float> d) const;
};

// A stream s through a LayerNorm's fixed gate: γ (sum − mean) rstd, and β where biases are added. s may be sum.
void pass_gate(const LayerNormWeights& norm, Biases biases, std::span<const float> rstd, std::span<const float> sum,
               std::span<float> s);

// Back through it: d_s at the stream's norm becomes d_s at `stream_sum`; d at the norm becomes d at `sum`, with what
// the stream owes the gate.
void norm_stream_backward(const LayerNormWeights& norm, std::span<const float> sum, std::span<const float> mean,
                          std::span<const float> rstd, std::span<const float> stream_sum, std::span<float> d_s,
                          std::span<float> d);

}  // namespace pellucid
