#include "train/blocks.h"

#include "train/kernel_blocks.h"

namespace pellucid::train {

torch::Tensor EmbeddingBlock::operator()(const PackedTensors& batch, const Compute& compute) const {
  if (on_kernels(words) && !batch.words.defined()) return embedding_on_kernels(*this, batch, compute);
  const torch::Tensor sum = word_rows(words, batch) + torch::embedding(positions, batch.positions) + types[0];
  return dropout(norm(sum, compute), compute);
}

AttentionBlock::Result AttentionBlock::operator()(const torch::Tensor& x, const PackedTensors& batch,
                                                  const Compute& compute) const {
  if (on_kernels(x)) return attention_on_kernels(*this, x, batch, compute);
  const torch::Tensor projected = qkv(x, compute);
  const torch::Tensor context = attention(projected, batch, heads, compute);
  return {norm(x + dropout(output(context, compute), compute), compute), projected};
}

torch::Tensor FeedForwardBlock::operator()(const torch::Tensor& x, const Compute& compute) const {
  if (on_kernels(x)) return feed_forward_on_kernels(*this, x, compute);
  const torch::Tensor wide = gelu(intermediate(x, compute), compute);
  return norm(x + dropout(output(wide, compute), compute), compute);
}

}  // namespace pellucid::train
