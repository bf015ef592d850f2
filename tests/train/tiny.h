// A tiny random model and batch for tests.
#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include "data/packing.h"
#include "train/model.h"

namespace pellucid::train {

inline EncoderConfig tiny_config() {
  return {.vocab_size = 30,
          .hidden_size = 8,
          .num_hidden_layers = 2,
          .num_attention_heads = 2,
          .intermediate_size = 16,
          .max_position_embeddings = 16,
          .type_vocab_size = 2,
          .layer_norm_eps = 1e-12};
}

// Every parameter random, biases and norms too: nothing is hidden by a zero.
inline Model tiny_model(Adjust adjust, std::int64_t classes, torch::ScalarType type = torch::kFloat32) {
  torch::manual_seed(11);
  Model model(tiny_config(), adjust, classes);
  model.visit([&](const std::string& name, torch::Tensor& tensor) {
    const bool norm =
        name.find("LayerNorm.weight") != std::string::npos || name.find("norm.weight") != std::string::npos;
    tensor = (torch::randn(tensor.sizes(), torch::kFloat64) * (norm ? 0.1 : 0.4) + (norm ? 1.0 : 0.0)).to(type);
  });
  return model;
}

inline PackedBatch tiny_batch() {
  PackedBatch batch;
  batch.add(std::vector<std::int32_t>{2, 10, 11, 12, 13, 3});
  batch.add(std::vector<std::int32_t>{2, 20, 3});
  batch.add(std::vector<std::int32_t>{2, 7, 7, 9, 21, 25, 29, 3});
  return batch;
}

}  // namespace pellucid::train
