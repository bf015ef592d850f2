// The differentiable blocks of an encoder over packed tokens. Those of BERT's kind are computed twice: on a CPU in fp32
// or bf16 as one autograd function on the runtime's kernels (kernel_blocks.h), elsewhere from the layers of layers.h,
// which are their plain reference. The others are computed from those layers everywhere.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "kernels/relative_position.h"
#include "train/layers.h"
#include "train/packed_tensors.h"

namespace pellucid::train {

// H(0) = dropout(LayerNorm(token + position + type)) of width e = d, or
// that times a projection from e to d.
struct EmbeddingBlock {
  torch::Tensor words, positions, types;  // [vocab, e], [positions, e], [types, e]; the first has sparse gradients
  LayerNorm norm;                         // undefined positions or types: none
  std::int64_t first_position = 0;        // the row of each text's first token
  Linear projection = {};                 // [d, e]; an undefined weight: none

  torch::Tensor operator()(const PackedTensors& batch, const Compute& compute) const;  // [T, d]

 private:
  torch::Tensor sum(const PackedTensors& batch) const;  // [T, e]
};

// Where tokens stand relative to one another, for disentangled attention.
struct RelativePositions {
  torch::Tensor embeddings = {};  // [R, d], which each layer projects as it does tokens; undefined: none
  torch::Tensor places = {};      // as Distances of attention.h has them
};

// y = LayerNorm(x + f(x)), f(x) = dropout(concat_h(A^h V_h) W_O + b_O): a layer's first half, and the context layer.
struct AttentionBlock {
  Linear qkv, output;
  LayerNorm norm;  // undefined, with pre_norm alone: none
  std::int64_t heads = 1;
  bool pre_norm = false;  // y = x + f(LayerNorm(x))
  std::int64_t window = RelativeBias::kWholeText;
  torch::Tensor rotary = {};  // as rotated() of attention.h takes it; undefined: queries and keys are not turned

  struct Result {
    torch::Tensor y;    // [T, d]
    torch::Tensor qkv;  // [T, 3d], compute.type; q and k turned
  };
  // `relative`, unless undefined: a term of the scores by distance, as Distances of attention.h has it.
  Result operator()(const torch::Tensor& x, const PackedTensors& batch, const Compute& compute,
                    const torch::Tensor& relative = {}, const RelativePositions& positions = {}) const;
};

// y = LayerNorm(x + f(x)), f(x) = dropout(φ(x W_1 + b_1) W_2 + b_2), φ GELU or GeGLU: a layer's second half.
struct FeedForwardBlock {
  Linear intermediate, output;
  LayerNorm norm;
  bool pre_norm = false;  // y = x + f(LayerNorm(x))
  bool gated = false;     // GeGLU

  torch::Tensor operator()(const torch::Tensor& x, const Compute& compute) const;  // [T, d]
};

}  // namespace pellucid::train
