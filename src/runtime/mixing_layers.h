// The layers of a model that mix tokens, bottom to top: the encoder's attention blocks, and the context
// layer of a head that has one. What methods that follow attention ask of a forward pass.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "runtime/classifier.h"
#include "runtime/encoder.h"

namespace pellucid {

class MixingLayers {
 public:
  using Bounds = std::span<const std::int32_t>;

  // `context` and its pass are null where the head has none.
  MixingLayers(const Encoder& encoder, const Encoder::Pass& pass, const AttentionBlock* context,
               const AttentionBlock::Pass* context_pass, Bounds bounds)
      : encoder_(encoder), pass_(pass), context_(context), context_pass_(context_pass), bounds_(bounds) {}

  std::size_t count() const { return encoder_.layers.size() + (context_ != nullptr ? 1 : 0); }

  // A of one layer: [heads, n, n] of each text, one after another.
  std::vector<float> weights(std::size_t layer) const { return block(layer).weights(pass(layer), bounds_); }

  // ∂f/∂A of each layer from `from` up, with A of layer `from` multiplied by `factor` and what is above it computed
  // anew. `top_gradient` gives ∂f/∂(top state) [T, d]; it gets the new top state, or null where nothing has changed.
  std::vector<std::vector<float>> weight_gradients(std::size_t from, float factor,
                                                   const std::function<Buffer(const HiddenState*)>& top_gradient) const;

  // As ForwardPass::for_each_mixture.
  void for_each_mixture(std::size_t layer, const MixtureVisitor& visit) const;

  // s [T, d] at H(0) taken through every layer's fixed gates to the top.
  void propagate(std::span<float> s, Biases biases) const;

 private:
  const AttentionBlock& block(std::size_t layer) const {
    return layer < encoder_.layers.size() ? encoder_.layers[layer].attention : *context_;
  }
  const AttentionBlock::Pass& pass(std::size_t layer) const {
    return layer < encoder_.layers.size() ? pass_.attention[layer] : *context_pass_;
  }

  const Encoder& encoder_;
  const Encoder::Pass& pass_;
  const AttentionBlock* context_;
  const AttentionBlock::Pass* context_pass_;
  Bounds bounds_;
};

}  // namespace pellucid
