#include "train/packed_tensors.h"

namespace pellucid::train {

PackedTensors to_tensors(const PackedBatch& batch, torch::Device device) {
  const auto tokens = static_cast<std::int64_t>(batch.tokens());
  const auto texts = static_cast<std::int64_t>(batch.texts());
  PackedTensors packed{torch::empty({tokens}, torch::kInt64),
                       torch::empty({tokens}, torch::kInt64),
                       torch::empty({tokens}, torch::kInt64),
                       torch::empty({texts}, torch::kFloat32),
                       batch.bounds,
                       {}};
  auto* ids = packed.ids.data_ptr<std::int64_t>();
  auto* positions = packed.positions.data_ptr<std::int64_t>();
  auto* text_of = packed.text_of.data_ptr<std::int64_t>();
  for (std::int64_t text = 0; text < texts; ++text) {
    const std::int32_t begin = batch.bounds[text];
    const std::int32_t end = batch.bounds[text + 1];
    packed.lengths[text] = static_cast<float>(end - begin);
    for (std::int32_t i = begin; i < end; ++i) {
      ids[i] = batch.ids[i];
      positions[i] = i - begin;
      text_of[i] = text;
    }
  }
  packed.ids = packed.ids.to(device);
  packed.positions = packed.positions.to(device);
  packed.text_of = packed.text_of.to(device);
  packed.lengths = packed.lengths.to(device);
  return packed;
}

torch::Tensor word_rows(const torch::Tensor& table, const PackedTensors& batch) {
  if (batch.words.defined()) return batch.words;
  return torch::embedding(table, batch.ids, /*padding_idx=*/-1, /*scale_grad_by_freq=*/false, /*sparse=*/true);
}

std::vector<torch::Tensor> rows_by_text(const torch::Tensor& x, const std::vector<std::int32_t>& bounds) {
  std::vector<std::int64_t> lengths;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) lengths.push_back(bounds[text + 1] - bounds[text]);
  return x.split_with_sizes(lengths);
}

torch::Tensor sum_by_text(const torch::Tensor& x, const PackedTensors& batch) {
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape[0] = batch.texts();
  return torch::zeros(shape, x.options()).index_add(0, batch.text_of, x);
}

torch::Tensor softmax_by_text(const torch::Tensor& x, const PackedTensors& batch) {
  const auto lowest = torch::full({batch.texts()}, -std::numeric_limits<float>::infinity(), x.options());
  const auto highest = lowest.scatter_reduce(0, batch.text_of, x.detach(), "amax");
  const auto exponentials = (x - highest.index_select(0, batch.text_of)).exp();
  return exponentials / sum_by_text(exponentials, batch).index_select(0, batch.text_of);
}

}  // namespace pellucid::train
