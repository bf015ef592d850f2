// A packed batch as tensors, and sums over the tokens of each text.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "data/packing.h"

namespace pellucid::train {

struct PackedTensors {
  torch::Tensor ids;                 // [T] int64
  torch::Tensor positions;           // [T] int64, 0, 1, … within each text
  torch::Tensor text_of;             // [T] int64, which text a token belongs to
  torch::Tensor lengths;             // [B] float
  std::vector<std::int32_t> bounds;  // [B + 1]
  torch::Tensor words;               // [T, d] in place of the word embeddings of `ids`; undefined: those

  std::int64_t texts() const { return lengths.size(0); }
  std::int64_t tokens() const { return ids.size(0); }
};

PackedTensors to_tensors(const PackedBatch& batch, torch::Device device);

// Rows of the word embeddings `table` [vocabulary, d] for each token, with sparse gradients, or what the batch has in
// their place. [T, d]
torch::Tensor word_rows(const torch::Tensor& table, const PackedTensors& batch);

// x [T, …] -> each text's rows, [n, …]. Split at once: the way back of a slice is as large as the whole batch.
std::vector<torch::Tensor> rows_by_text(const torch::Tensor& x, const std::vector<std::int32_t>& bounds);

// x [T, …] -> [B, …]: the sum over each text's tokens.
torch::Tensor sum_by_text(const torch::Tensor& x, const PackedTensors& batch);

// x [T] -> [T]: softmax within each text.
torch::Tensor softmax_by_text(const torch::Tensor& x, const PackedTensors& batch);

}  // namespace pellucid::train
