#include "runtime/encoder.h"

#include <algorithm>

namespace pellucid {

HiddenState Encoder::forward(const PackedBatch& batch, std::span<const float> word_rows, Pass* pass) const {
  const std::size_t tokens = batch.tokens();
  const std::size_t size = tokens * embedding_norm.scale.size();
  Pass first{Buffer(size), Buffer(tokens), Buffer(tokens), Buffer(), {}, {}};
  HiddenState hidden(size, precision());
  embedding_forward(embeddings, batch.ids, batch.bounds, word_rows, first.embedding_sum);
  layer_norm_forward(embedding_norm, {}, first.embedding_sum, hidden.values, first.mean, first.rstd, hidden.rounded);
  if (pass != nullptr) {
    *pass = std::move(first);
    pass->embedded = Buffer(size);
    std::ranges::copy(hidden.values, pass->embedded.begin());
    pass->attention.resize(layers.size());
    pass->feed_forward.resize(layers.size());
  }
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].attention.forward(hidden, batch.bounds, pass != nullptr ? &pass->attention[l] : nullptr);
    layers[l].feed_forward.forward(hidden, pass != nullptr ? &pass->feed_forward[l] : nullptr);
  }
  return hidden;
}

HiddenState Encoder::state(const Pass& pass, std::size_t layer) const {
  HiddenState state(pass.embedded.size(), precision());
  Buffer sum(pass.embedded.size());
  std::ranges::copy(layer == 0 ? pass.embedding_sum : pass.feed_forward[layer - 1].sum, sum.begin());
  const LayerNormWeights& norm = layer == 0 ? embedding_norm : layers[layer - 1].feed_forward.norm;
  layer_norm_forward(norm, {}, sum, state.values, {}, {}, state.rounded);
  return state;
}

void Encoder::backward(Backward mode, const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> d,
                       std::span<double> bias) const {
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].feed_forward.backward(mode, pass.feed_forward[l], d, bias);
    layers[l].attention.backward(mode, pass.attention[l], bounds, d, bias);
  }
}

void Encoder::backward_to_words(const Pass& pass, std::span<float> d) const {
  layer_norm_backward(Backward::gradient, embedding_norm, pass.embedding_sum, pass.mean, pass.rstd, d, d);
}

Encoder::Stream Encoder::stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s,
                                Biases biases) const {
  Stream stream{std::vector<AttentionBlock::Stream>(layers.size()),
                std::vector<FeedForwardBlock::Stream>(layers.size())};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].attention.stream(pass.attention[l], bounds, s, stream.attention[l], biases);
    layers[l].feed_forward.stream(pass.feed_forward[l], s, stream.feed_forward[l], biases);
  }
  return stream;
}

void Encoder::stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                              std::span<float> d_s, std::span<float> d) const {
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].feed_forward.stream_backward(pass.feed_forward[l], stream.feed_forward[l], d_s, d);
    layers[l].attention.stream_backward(pass.attention[l], stream.attention[l], bounds, d_s, d);
  }
}

}  // namespace pellucid
