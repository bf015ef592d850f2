// A selective state space over packed tokens (Gu & Dao 2023), read in both directions as in Vision Mamba (Zhu et al.
// 2024): embedded tokens in, one vector a text out. A layer is
//     [p, g] = LayerNorm(x) W_in      y = x + dropout(((scan of p, forward) + (scan of p, reversed)) ⊙ SiLU(g) W_out)
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "train/encoder.h"
#include "train/layers.h"
#include "train/sequence_layers.h"

namespace pellucid::train {

struct MambaConfig {
  std::int64_t width = 384;  // d, of the embedded tokens too
  std::int64_t layers = 3;
  std::int64_t inner = 768;  // e, channels of a scan
  std::int64_t state = 16;   // N, numbers a channel carries
  std::int64_t rank = 24;    // r, of the product that makes Δ: a sixteenth of the width
};

// One reading direction of a layer: convolution, then a scan whose Δ, B and C are made from what is scanned.
struct SelectiveReading {
  torch::Tensor convolution, convolution_bias;  // [e, 4], [e]
  Linear selection;                             // e -> r + 2N: [Δ's factor, B, C]
  Linear step;                                  // r -> e: Δ before its softplus
  torch::Tensor log_a;                          // [e, N]: A = −exp(log_a)
  torch::Tensor skip;                           // D [e]

  torch::Tensor operator()(const torch::Tensor& p, const PackedTensors& batch, ReadingOrder order,
                           const Compute& compute) const;  // [T, e]
  ScanTensors scanned(const torch::Tensor& p, const PackedTensors& batch, ReadingOrder order,
                      const Compute& compute) const;
};

struct MambaLayer {
  LayerNorm norm;
  Linear in, out;  // d -> 2e, e -> d
  SelectiveReading forward, reversed;

  torch::Tensor operator()(const torch::Tensor& x, const PackedTensors& batch, const Compute& compute) const;  // [T, d]

  // What each token takes from each in the two readings: the mean over channels of |α|, rows scaled to sum to 1.
  // [2, n, n] of each text, one after another, flat.
  torch::Tensor attention(const torch::Tensor& x, const PackedTensors& batch, const Compute& compute) const;
};

struct Mamba {
  using Config = MambaConfig;
  Config config;
  LayerNorm embedding_norm, norm;
  std::vector<MambaLayer> layers;

  // Parameters of the right shapes, with the values that training begins from.
  explicit Mamba(const Config& config);

  std::int64_t input_width() const { return config.width; }
  std::int64_t output_width() const { return config.width; }

  // embedded [T, d] -> the last layer's tokens [T, d], and their mean over each text [B, d].
  torch::Tensor tokens(const torch::Tensor& embedded, const PackedTensors& batch, const Compute& compute) const;
  torch::Tensor pooled(const torch::Tensor& embedded, const PackedTensors& batch, const Compute& compute) const;

  std::vector<torch::Tensor> attention(const torch::Tensor& embedded, const PackedTensors& batch,
                                       const Compute& compute) const;  // of each layer

  void visit(const Visit& visit);
};

}  // namespace pellucid::train
