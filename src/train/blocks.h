// The differentiable blocks of an encoder over packed tokens. Each is computed twice: on a CPU in fp32 or bf16
// as one autograd function on the runtime's kernels (kernel_blocks.h), elsewhere from the layers of layers.h,
// which are its plain reference.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "train/layers.h"
#include "train/packed_tensors.h"

namespace pellucid::train {

// H(0) = dropout(LayerNorm(token + position + type)) of width e = d, or
// that times a projection from e to d.
struct EmbeddingBlock {
  torch::Tensor words, positions, types;  // [vocab, e], [positions, e], [types, e]; the first has sparse gradients
  LayerNorm norm;                         // undefined types: none
  std::int64_t first_position = 0;        // the row of each text's first token
  Linear projection = {};                 // [d, e]; an undefined weight: none

  torch::Tensor operator()(const PackedTensors& batch, const Compute& compute) const;  // [T, d]

 private:
  torch::Tensor sum(const PackedTensors& batch) const;  // [T, e]
};

// y = LayerNorm(x + dropout(concat_h(A^h V_h) W_O + b_O)): a layer's first half, and the context layer.
struct AttentionBlock {
  Linear qkv, output;
  LayerNorm norm;
  std::int64_t heads = 1;

  struct Result {
    torch::Tensor y;    // [T, d]
    torch::Tensor qkv;  // [T, 3d], compute.type
  };
  // `relative`, unless undefined: a term of the scores by distance, as attention() of layers.h takes it.
  Result operator()(const torch::Tensor& x, const PackedTensors& batch, const Compute& compute,
                    const torch::Tensor& relative = {}) const;
};

// y = LayerNorm(x + dropout(GELU(x W_1 + b_1) W_2 + b_2)): a layer's second half.
struct FeedForwardBlock {
  Linear intermediate, output;
  LayerNorm norm;

  torch::Tensor operator()(const torch::Tensor& x, const Compute& compute) const;  // [T, d]
};

}  // namespace pellucid::train
