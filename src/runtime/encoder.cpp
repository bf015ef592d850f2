#include "runtime/encoder.h"

#include <algorithm>

#include "kernels/row_dots.h"

namespace pellucid {

HiddenState Encoder::embed(const PackedBatch& batch, std::span<const float> word_rows, Pass& pass) const {
  const std::size_t tokens = batch.tokens();
  const std::size_t size = tokens * embedding_width();
  pass = {Buffer(size), Buffer(tokens), Buffer(tokens), Buffer(), {}, {}, {}, {}, {}};
  embedding_forward(embeddings, batch.ids, batch.bounds, word_rows, pass.embedding_sum);
  if (!projection) {
    HiddenState hidden(size, precision());
    layer_norm_forward(embedding_norm, {}, pass.embedding_sum, hidden.values, pass.mean, pass.rstd, hidden.rounded);
    return hidden;
  }
  Buffer normed(size);
  layer_norm_forward(embedding_norm, {}, pass.embedding_sum, normed, pass.mean, pass.rstd);
  HiddenState hidden(tokens * static_cast<std::size_t>(projection->out()), precision());
  projection->forward(normed, hidden.values);
  hidden.round();
  return hidden;
}

HiddenState Encoder::forward(const PackedBatch& batch, std::span<const float> word_rows, Pass* pass) const {
  Pass first;
  HiddenState hidden = embed(batch, word_rows, first);
  if (pass != nullptr) {
    *pass = std::move(first);
    pass->embedded = Buffer(hidden.values.size());
    std::ranges::copy(hidden.values, pass->embedded.begin());
    pass->attention.resize(layers.size());
    pass->feed_forward.resize(layers.size());
  }
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].attention.forward(hidden, batch.bounds, pass != nullptr ? &pass->attention[l] : nullptr);
    layers[l].feed_forward.forward(hidden, pass != nullptr ? &pass->feed_forward[l] : nullptr);
  }
  finish(hidden, pass);
  return hidden;
}

void Encoder::finish(HiddenState& hidden, Pass* pass) const {
  if (!last_norm) return;
  if (pass == nullptr) return layer_norm_forward(*last_norm, {}, hidden.values, hidden.values, {}, {}, hidden.rounded);
  const std::size_t tokens = hidden.values.size() / last_norm->scale.size();
  pass->last_sum = Buffer(hidden.values.size());
  pass->last_mean = Buffer(tokens);
  pass->last_rstd = Buffer(tokens);
  std::ranges::copy(hidden.values, pass->last_sum.begin());
  layer_norm_forward(*last_norm, {}, pass->last_sum, hidden.values, pass->last_mean, pass->last_rstd, hidden.rounded);
}

HiddenState Encoder::state(const Pass& pass, std::size_t layer) const {
  HiddenState state(pass.embedded.size(), precision());
  if (layer == 0) {
    std::ranges::copy(pass.embedded, state.values.begin());
    state.round();
    return state;
  }
  if (last_norm && layer < layers.size()) {
    std::ranges::copy(pass.attention[layer].sum, state.values.begin());
    return state;
  }
  Buffer sum(pass.embedded.size());
  std::ranges::copy(last_norm ? pass.last_sum : pass.feed_forward[layer - 1].sum, sum.begin());
  layer_norm_forward(last_norm ? *last_norm : layers[layer - 1].feed_forward.norm, {}, sum, state.values, {}, {},
                     state.rounded);
  return state;
}

void Encoder::backward_from_top(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const {
  if (!last_norm) return;
  if (mode == Backward::exact) add_row_dots(d, std::ssize(last_norm->shift), 0, last_norm->shift, bias);
  layer_norm_backward(mode, *last_norm, pass.last_sum, pass.last_mean, pass.last_rstd, d, d);
}

void Encoder::backward(Backward mode, const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> d,
                       std::span<double> bias) const {
  backward_from_top(mode, pass, d, bias);
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].feed_forward.backward(mode, pass.feed_forward[l], d, bias);
    layers[l].attention.backward(mode, pass.attention[l], bounds, d, bias);
  }
}

Buffer Encoder::backward_to_words(const Pass& pass, Buffer d) const {
  if (projection) {
    Buffer d_normed(pass.embedding_sum.size());
    projection->backward(d, d_normed);
    d = std::move(d_normed);
  }
  layer_norm_backward(Backward::gradient, embedding_norm, pass.embedding_sum, pass.mean, pass.rstd, d, d);
  return d;
}

Encoder::Stream Encoder::stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s,
                                Biases biases) const {
  Stream stream{std::vector<AttentionBlock::Stream>(layers.size()),
                std::vector<FeedForwardBlock::Stream>(layers.size()), Buffer()};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].attention.stream(pass.attention[l], bounds, s, stream.attention[l], biases);
    layers[l].feed_forward.stream(pass.feed_forward[l], s, stream.feed_forward[l], biases);
  }
  if (last_norm) {
    stream.last_sum = Buffer(s.size());
    std::ranges::copy(s, stream.last_sum.begin());
    pass_gate(*last_norm, biases, pass.last_rstd, stream.last_sum, s);
  }
  return stream;
}

void Encoder::stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                              std::span<float> d_s, std::span<float> d) const {
  if (last_norm) {
    norm_stream_backward(*last_norm, pass.last_sum, pass.last_mean, pass.last_rstd, stream.last_sum, d_s, d);
  }
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].feed_forward.stream_backward(pass.feed_forward[l], stream.feed_forward[l], d_s, d);
    layers[l].attention.stream_backward(pass.attention[l], stream.attention[l], bounds, d_s, d);
  }
}

}  // namespace pellucid
