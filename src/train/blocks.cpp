#include "train/blocks.h"

#include "train/kernel_blocks.h"

namespace pellucid::train {

torch::Tensor EmbeddingBlock::operator()(const PackedTensors& batch, const Compute& compute) const {
  const torch::Tensor embedded = on_kernels(words) && norm.bias.defined() && !batch.words.defined()
                                     ? embedding_on_kernels(*this, batch, compute)
                                     : dropout(norm(sum(batch), compute), compute);
  if (!projection.weight.defined()) return embedded;
  return projection(embedded, compute).to(embedded.scalar_type());
}

torch::Tensor EmbeddingBlock::sum(const PackedTensors& batch) const {
  const torch::Tensor sum = word_rows(words, batch) + torch::embedding(positions, batch.positions + first_position);
  return types.defined() ? sum + types[0] : sum;
}

AttentionBlock::Result AttentionBlock::operator()(const torch::Tensor& x, const PackedTensors& batch,
                                                  const Compute& compute, const torch::Tensor& relative) const {
  if (on_kernels(x)) return attention_on_kernels(*this, x, batch, compute, relative);
  const torch::Tensor projected = qkv(x, compute);
  const torch::Tensor context = attention(projected, batch, heads, compute, relative);
  return {norm(x + dropout(output(context, compute), compute), compute), projected};
}

torch::Tensor FeedForwardBlock::operator()(const torch::Tensor& x, const Compute& compute) const {
  if (on_kernels(x)) return feed_forward_on_kernels(*this, x, compute);
  const torch::Tensor wide = gelu(intermediate(x, compute), compute);
  return norm(x + dropout(output(wide, compute), compute), compute);
}

}  // namespace pellucid::train
