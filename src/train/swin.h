// Swin (Liu et al. 2021) over the tokens of packed texts: attention inside windows of W neighbours with a learned bias
// for each distance, every second block's windows shifted by W / 2, and between stages pairs of tokens merged into
// wider ones. Windows and pairs are made inside each text, so no text sees another; the last of an odd number of
// tokens is merged with zeros.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "train/encoder.h"
#include "train/layers.h"

namespace pellucid::train {

struct SwinConfig {
  std::int64_t input = 384;                            // of the embedded tokens
  std::vector<std::int64_t> widths = {128, 256, 512};  // of each stage
  std::int64_t blocks = 2;                             // a stage: one with shifted windows after each without
  std::int64_t window = 48;                            // W: about the 7 × 7 neighbours of Liu et al.
  std::int64_t head_size = 32;
};

// The windows of texts with these bounds, as bounds: they lie at shift, shift + W, … of each text, and at its ends.
std::vector<std::int32_t> window_bounds(const std::vector<std::int32_t>& bounds, std::int64_t window,
                                        std::int64_t shift);

// y = x + dropout(attention(LayerNorm(x)) W_O), then y + dropout(feed-forward(LayerNorm(y))).
struct SwinBlock {
  LayerNorm attention_norm, feed_forward_norm;
  Linear qkv, output, intermediate, dense;
  torch::Tensor distance_bias;  // [heads, 2W − 1]: of key j for query i at j − i + W − 1

  // `windows` as window_bounds has them.
  torch::Tensor operator()(const torch::Tensor& x, const std::vector<std::int32_t>& windows,
                           const Compute& compute) const;  // [T, d]
};

// Two tokens' states beside one another, normed, made narrower again.
struct SwinMerging {
  LayerNorm norm;   // 2d
  Linear narrower;  // 2d -> the next stage's width
  torch::Tensor operator()(const torch::Tensor& x, const std::vector<std::int32_t>& bounds,
                           const Compute& compute) const;
};
std::vector<std::int32_t> merged_bounds(const std::vector<std::int32_t>& bounds);

struct Swin {
  using Config = SwinConfig;
  Config config;
  LayerNorm embedding_norm, norm;
  Linear entry;  // input -> the first width
  std::vector<std::vector<SwinBlock>> stages;
  std::vector<SwinMerging> mergings;  // between the stages

  // Parameters of the right shapes, with the values that training begins from.
  explicit Swin(const Config& config);

  std::int64_t input_width() const { return config.input; }
  std::int64_t output_width() const { return config.widths.back(); }

  // embedded [T, d] -> the mean over each text's last tokens [B, last width]
  torch::Tensor pooled(const torch::Tensor& embedded, const PackedTensors& batch, const Compute& compute) const;

  void visit(const Visit& visit);
};

}  // namespace pellucid::train
