// Layers with the values that training from scratch begins from.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

#include "train/encoder.h"
#include "train/layers.h"

namespace pellucid::train {

// Weights N(0, 0.02) as BERT's, biases 0.
inline Linear initial_linear(std::int64_t out, std::int64_t in) {
  return {torch::randn({out, in}) * 0.02, torch::zeros({out})};
}

inline LayerNorm initial_norm(std::int64_t width) {
  return {torch::ones({width}), torch::zeros({width}), 1e-6};
}

// A layer's weight and bias: Linear or LayerNorm.
template <class Layer>
void visit_layer(const Visit& visit, const std::string& name, Layer& layer) {
  visit(name + ".weight", layer.weight);
  visit(name + ".bias", layer.bias);
}

// The mean over each text's tokens, [T, d] -> [B, d].
inline torch::Tensor mean_by_text(const torch::Tensor& x, const PackedTensors& batch) {
  return sum_by_text(x, batch) / batch.lengths.to(x.scalar_type()).unsqueeze(1);
}

}  // namespace pellucid::train
