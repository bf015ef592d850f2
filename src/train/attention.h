// Self-attention over packed tokens, differentiable: the runtime's kernels on a CPU in fp32 and bf16, ATen's operators
// elsewhere and for disentangled attention, which are their plain reference.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "checkpoint/architecture.h"
#include "kernels/relative_position.h"
#include "train/layers.h"
#include "train/packed_tensors.h"

namespace pellucid::train {

// What distances do to the scores of attention (kernels/relative_position.h, kernels/disentangled.h). Undefined:
// nothing.
struct Distances {
  torch::Tensor term = {};  // [heads, 2 reach + 1], for distances from −reach
  std::int64_t window = RelativeBias::kWholeText;
  torch::Tensor positions = {};  // [R, 2d]: Q_r beside K_r
  torch::Tensor places = {};     // [2 reach + 1] int64: r
};

// Self-attention within each text, or within any other runs of tokens that have these bounds. qkv [T, 3d] -> context
// [T, d], same type.
torch::Tensor attention(const torch::Tensor& qkv, const std::vector<std::int32_t>& bounds, std::int64_t heads,
                        const Compute& compute, const Distances& distances = {});

// Queries and keys turned by their positions; `table` as rotary_table of kernels/rotary.h. qkv [T, 3d]
torch::Tensor rotated(const torch::Tensor& qkv, const PackedTensors& batch, std::int64_t heads,
                      const torch::Tensor& table);

// Such a term from a table [buckets, heads], as far as the batch's longest text reaches; undefined where the table is.
torch::Tensor relative_term(const torch::Tensor& table, const PackedTensors& batch);

// The places of Distances for relative positions of `config`, as far as the batch's longest text reaches.
torch::Tensor relative_places(const EncoderConfig& config, const PackedTensors& batch);

// a_i = Σ_h Σ_j A^h_ji g_j (method.md section 2), [T]. Differentiable in qkv and g if `through`,
// otherwise a constant.
torch::Tensor attention_column_sum(const torch::Tensor& qkv, const torch::Tensor& g, const PackedTensors& batch,
                                   std::int64_t heads, bool through);

}  // namespace pellucid::train
