// The blocks of blocks.h as autograd functions on the runtime's kernels: what passes between matrix products is in
// their type (bf16 or fp32), sums and statistics are fp32, dropout's mask is drawn again on the way back.
// Linear layers run on packed weights (train::Linear::packed).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "train/blocks.h"

namespace pellucid::train {

inline bool on_kernels(const torch::Tensor& values) {
  return values.device().is_cpu() && values.scalar_type() == torch::kFloat32;
}

// x [T, in] -> [T, out], compute.type.
torch::Tensor linear_on_kernels(const Linear& layer, const torch::Tensor& x, const Compute& compute);
torch::Tensor dropout_on_kernels(const torch::Tensor& x, const Compute& compute);  // x [T, d], of dropout above 0
// qkv [T, 3d] -> [T, d], same type; `term` and `window` as Distances of attention.h has them.
torch::Tensor context_on_kernels(const torch::Tensor& qkv, const std::vector<std::int32_t>& bounds, std::int64_t heads,
                                 const Compute& compute, const torch::Tensor& term, std::int64_t window);
torch::Tensor embedding_on_kernels(const EmbeddingBlock& block, const PackedTensors& batch, const Compute& compute);
AttentionBlock::Result attention_on_kernels(const AttentionBlock& block, const torch::Tensor& x,
                                            const PackedTensors& batch, const Compute& compute,
                                            const torch::Tensor& relative = {});
torch::Tensor feed_forward_on_kernels(const FeedForwardBlock& block, const torch::Tensor& x, const Compute& compute);

}  // namespace pellucid::train
