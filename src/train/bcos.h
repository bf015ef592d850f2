// A B-cos language model (Wang et al. 2025, arXiv 2502.12992; B-cos networks: Böhle et al. 2022): the pretrained
// encoder without any bias, its products but for query, key and value being
//     y = Ŵx ⊙ |cos(ŵ, x)|^(B−1),   ŵ the rows of W scaled to length 1,
// which for B > 1 press the weights to align with what they read. It reads the mean over tokens, as our other systems.
//
// With attention weights, LayerNorm's 1/σ, GELU(x)/x and |cos|^(B−1) held at their values (Backward::exact) the network
// is linear in its embedded tokens, and nothing else adds to the logits: they are the sum of the tokens' contributions.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "train/systems/system.h"

namespace pellucid::train {

struct BcosLinear {
  Linear products;  // x Wᵀ, without bias
  double b = 1;     // B

  torch::Tensor operator()(const torch::Tensor& x, const Compute& compute) const;  // -> [T, out] fp32
};

struct BcosLayer {
  Linear qkv;  // without bias
  BcosLinear output, intermediate, dense;
  LayerNorm attention_norm, feed_forward_norm;  // without shift

  torch::Tensor operator()(const torch::Tensor& x, const PackedTensors& batch, std::int64_t heads,
                           const Compute& compute, const torch::Tensor& relative) const;  // [T, d]
};

struct Bcos : System {
  EncoderConfig config;
  EmbeddingBlock embedding;  // without biases
  std::vector<BcosLayer> layers;
  torch::Tensor relative;  // as Encoder's
  BcosLinear classifier;   // [C, d]

  // Parameters of the right shapes; the classifier with the values that training begins from.
  Bcos(const EncoderConfig& config, double b, std::int64_t classes);

  Prediction forward(const PackedTensors& batch, const Compute& compute) const override;
  const torch::Tensor& word_embeddings() const override { return embedding.words; }
  Abilities abilities() const override { return {.decomposition = true}; }
  void visit(const Visit& visit) override;
};

}  // namespace pellucid::train
