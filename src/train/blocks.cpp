#include "train/blocks.h"

#include "train/attention.h"
#include "train/kernel_blocks.h"

namespace pellucid::train {
namespace {

// A norm that comes first, or none.
torch::Tensor before(const LayerNorm& norm, const torch::Tensor& x, const Compute& compute) {
  return norm.weight.defined() ? norm(x, compute) : x;
}

}  // namespace

torch::Tensor EmbeddingBlock::operator()(const PackedTensors& batch, const Compute& compute) const {
  torch::Tensor embedded = on_kernels(words) && norm.bias.defined() && positions.defined() && !batch.words.defined()
                               ? embedding_on_kernels(*this, batch, compute)
                               : dropout(norm(sum(batch), compute), compute);
  if (!projection.weight.defined()) return embedded;
  return projection(embedded, compute).to(embedded.scalar_type());
}

torch::Tensor EmbeddingBlock::sum(const PackedTensors& batch) const {
  torch::Tensor sum = word_rows(words, batch);
  if (positions.defined()) sum = sum + torch::embedding(positions, batch.positions + first_position);
  return types.defined() ? sum + types[0] : sum;
}

AttentionBlock::Result AttentionBlock::operator()(const torch::Tensor& x, const PackedTensors& batch,
                                                  const Compute& compute, const torch::Tensor& relative,
                                                  const RelativePositions& positions) const {
  const bool disentangled = positions.embeddings.defined();
  if (on_kernels(x) && !pre_norm && !disentangled) return attention_on_kernels(*this, x, batch, compute, relative);
  torch::Tensor projected = qkv(pre_norm ? before(norm, x, compute) : x, compute);
  if (rotary.defined()) projected = rotated(projected, batch, heads, rotary);
  Distances distances{relative, window};
  if (disentangled) {
    distances.positions = qkv(positions.embeddings, compute).slice(1, 0, 2 * x.size(1));
    distances.places = positions.places;
  }
  const torch::Tensor context = attention(projected, batch.bounds, heads, compute, distances);
  const torch::Tensor sum = x + dropout(output(context, compute).to(x.scalar_type()), compute);
  return {pre_norm ? sum : norm(sum, compute), projected};
}

torch::Tensor FeedForwardBlock::operator()(const torch::Tensor& x, const Compute& compute) const {
  if (on_kernels(x) && !pre_norm) return feed_forward_on_kernels(*this, x, compute);
  const torch::Tensor first = intermediate(pre_norm ? before(norm, x, compute) : x, compute);
  const torch::Tensor wide = gated ? geglu(first, compute) : gelu(first, compute);
  const torch::Tensor sum = x + dropout(output(wide, compute).to(x.scalar_type()), compute);
  return pre_norm ? sum : norm(sum, compute);
}

}  // namespace pellucid::train
