// An encoder of BERT's kind or ModernBERT's (checkpoint/architecture.h) on packed batches, for inference and
// attribution.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/packing.h"
#include "kernels/embedding.h"
#include "runtime/transformer.h"

namespace pellucid {

struct Encoder {
  EmbeddingTables embeddings;
  LayerNormWeights embedding_norm;   // [e]
  std::optional<Linear> projection;  // [d, e] from embeddings to layers; none: e = d
  struct Layer {
    AttentionBlock attention;
    FeedForwardBlock feed_forward;
  };
  std::vector<Layer> layers;
  std::optional<LayerNormWeights> last_norm;  // [d] of what the layers made: H(L) where they have theirs first

  // What one forward pass leaves for the ways back.
  struct Pass {
    Buffer embedding_sum;  // [T, e]
    Buffer mean, rstd;     // [T]
    Buffer embedded;       // H(0), the e_i of a decomposition [T, d]
    std::vector<AttentionBlock::Pass> attention;
    std::vector<FeedForwardBlock::Pass> feed_forward;
    Buffer last_sum;              // [T, d] what last_norm is given
    Buffer last_mean, last_rstd;  // [T]
  };
  struct Stream {
    std::vector<AttentionBlock::Stream> attention;
    std::vector<FeedForwardBlock::Stream> feed_forward;
    Buffer last_sum;  // [T, d]
  };

  std::size_t embedding_width() const { return embedding_norm.scale.size(); }  // e
  Precision precision() const { return layers.empty() ? Precision::fp32 : layers[0].attention.qkv.precision(); }

  // What layer l reads [T, d] again, from what the pass kept; of l = layers.size(): H(L).
  HiddenState state(const Pass& pass, std::size_t layer) const;

  // H(L) [T, d]. `word_rows` [T, e] replaces the word table's rows unless empty; `pass` may be null.
  HiddenState forward(const PackedBatch& batch, std::span<const float> word_rows, Pass* pass) const;

  // The end of forward and the begin of backward, for who goes through the layers one by one: last_norm, if there is
  // one.
  void finish(HiddenState& hidden, Pass* pass) const;
  void backward_from_top(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const;

  // d at H(L) becomes d at H(0). exact: adds to `bias` [T] as the blocks do.
  void backward(Backward mode, const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> d,
                std::span<double> bias) const;

  // The true derivative at the word embeddings [T, e] from d at H(0) [T, d].
  Buffer backward_to_words(const Pass& pass, Buffer d) const;

  // As in transformer.h, for the whole stack: s at H(0) becomes J_fixed s at H(L), and back.
  Stream stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s,
                Biases biases = Biases::left_out) const;
  void stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                       std::span<float> d_s, std::span<float> d) const;

 private:
  // H(0), with what `pass` keeps of the way there but `embedded`.
  HiddenState embed(const PackedBatch& batch, std::span<const float> word_rows, Pass& pass) const;
};

}  // namespace pellucid
