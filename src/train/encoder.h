// BERT's encoder for training, over packed tokens. Parameters carry Hugging Face's names, except that
// query, key and value are one matrix, named "qkv" (weights.h splits it in files).
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "train/blocks.h"

namespace pellucid::train {

// Called with (name, tensor) for each parameter, in a fixed order: one list of fields serves loading,
// saving and the optimiser.
using Visit = std::function<void(const std::string&, torch::Tensor&)>;

struct EncoderLayer {
  AttentionBlock attention;
  FeedForwardBlock feed_forward;
};

struct Encoder {
  EncoderConfig config;
  EmbeddingBlock embedding;
  std::vector<EncoderLayer> layers;

  // Parameters of the right shapes, uninitialised.
  explicit Encoder(const EncoderConfig& config);

  // H(0) = LayerNorm(token + position + type), dropout. [T, d]
  torch::Tensor embed(const PackedTensors& batch, const Compute& compute) const;
  // H(L) from H(0). [T, d]
  torch::Tensor encode(torch::Tensor hidden, const PackedTensors& batch, const Compute& compute) const;

  void visit(const Visit& visit);
};

}  // namespace pellucid::train
