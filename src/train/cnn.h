// A convolutional network over packed tokens (Kim 2014): windows of 3, 4 and 5 neighbours, ReLU, the largest value over
// each text. Where a window reaches past the end of its text it sees zeros; no window begins outside.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "train/encoder.h"
#include "train/layers.h"

namespace pellucid::train {

struct CnnConfig {
  std::int64_t input = 384;  // of the embedded tokens
  std::vector<std::int64_t> windows = {3, 4, 5};
  std::int64_t filters = 100;  // of each window
};

struct Cnn {
  using Config = CnnConfig;
  Config config;
  std::vector<Linear> filters;  // one a window: [filters, window · input]

  // Parameters of the right shapes, with the values that training begins from.
  explicit Cnn(const Config& config);

  std::int64_t input_width() const { return config.input; }
  std::int64_t output_width() const;

  // embedded [T, d] -> [B, windows · filters]
  torch::Tensor pooled(const torch::Tensor& embedded, const PackedTensors& batch, const Compute& compute) const;

  // What the filters' biases add to `pooled`: piecewise linear, it is ⟨embedded, its gradient⟩ and this. [B, …]
  torch::Tensor constants(const torch::Tensor& pooled) const;

  void visit(const Visit& visit);
};

}  // namespace pellucid::train
