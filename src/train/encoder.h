// An encoder of BERT's kind or ModernBERT's (checkpoint/architecture.h) for training, over packed tokens. Parameters
// carry BERT's names, which weights.h turns into those of the architecture, except that query, key and value are one
// matrix, named "qkv" (weights.h splits it in files).
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "train/blocks.h"

namespace pellucid::train {

// Called with (name, tensor) for each parameter, in a fixed order: one list of fields serves loading,
// saving and the optimiser.
using Visit = std::function<void(const std::string&, torch::Tensor&)>;

// Of the right shapes, uninitialised; without `biases` neither the norm nor the projection has one.
EmbeddingBlock empty_embedding(const EncoderConfig& config, bool biases = true);
torch::Tensor empty_relative(const EncoderConfig& config);  // undefined where the architecture has none

// What of them is there, by BERT's names.
void visit_embedding(const Visit& visit, EmbeddingBlock& embedding);
void visit_relative(const Visit& visit, torch::Tensor& relative);

struct EncoderLayer {
  AttentionBlock attention;
  FeedForwardBlock feed_forward;
};

struct Encoder {
  EncoderConfig config;
  EmbeddingBlock embedding;
  std::vector<EncoderLayer> layers;
  torch::Tensor relative;    // [buckets, heads] what distances add to the scores of every layer; undefined: nothing
  torch::Tensor positions;   // [R, d] embeddings of relative positions; undefined: none
  LayerNorm positions_norm;  // of them; undefined: none
  LayerNorm last_norm;       // of what the layers made, where they have theirs first; else undefined

  // Parameters of the right shapes, uninitialised.
  explicit Encoder(const EncoderConfig& config);

  // H(0), as EmbeddingBlock has it. [T, d]
  torch::Tensor embed(const PackedTensors& batch, const Compute& compute) const;
  // H(L) from H(0). [T, d]
  torch::Tensor encode(torch::Tensor hidden, const PackedTensors& batch, const Compute& compute) const;

  void visit(const Visit& visit);
};

}  // namespace pellucid::train
