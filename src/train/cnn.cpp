#include "train/cnn.h"

#include <cmath>

#include "train/initial.h"

namespace pellucid::train {
namespace {

// Row i holds tokens i … i + window − 1 of its text beside one another, zeros past its end. [T, window · d]
torch::Tensor neighbours(const torch::Tensor& x, const PackedTensors& batch, std::int64_t window) {
  const torch::Tensor with_zeros = torch::cat({x, torch::zeros({1, x.size(1)}, x.options())});
  const torch::Tensor places = torch::arange(batch.tokens(), batch.ids.options());
  const torch::Tensor left = batch.lengths.to(torch::kInt64).index_select(0, batch.text_of) - batch.positions;
  std::vector<torch::Tensor> shifted;
  for (std::int64_t k = 0; k < window; ++k) {
    const torch::Tensor from = torch::where(left > k, places + k, torch::full_like(places, batch.tokens()));
    shifted.push_back(with_zeros.index_select(0, from));
  }
  return torch::cat(shifted, 1);
}

// The largest of each text's values, which are not negative. [T, f] -> [B, f]
torch::Tensor largest_by_text(const torch::Tensor& x, const PackedTensors& batch) {
  std::vector<torch::Tensor> largest;
  for (const torch::Tensor& rows : rows_by_text(x, batch.bounds)) largest.push_back(std::get<0>(rows.max(0)));
  return torch::stack(largest);
}

}  // namespace

Cnn::Cnn(const Config& cnn_config) : config(cnn_config) {
  for (const std::int64_t window : config.windows) {
    const std::int64_t in = window * config.input;
    filters.push_back({torch::randn({config.filters, in}) * std::sqrt(2.0 / static_cast<double>(in)),  // He et al. 2015
                       torch::zeros({config.filters})});
  }
}

std::int64_t Cnn::output_width() const {
  return static_cast<std::int64_t>(config.windows.size()) * config.filters;
}

torch::Tensor Cnn::pooled(const torch::Tensor& embedded, const PackedTensors& batch, const Compute& compute) const {
  std::vector<torch::Tensor> features;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const torch::Tensor seen = filters[i](neighbours(embedded, batch, config.windows[i]), compute);
    features.push_back(largest_by_text(torch::relu(seen.to(embedded.scalar_type())), batch));
  }
  return dropout(torch::cat(features, 1), compute);
}

torch::Tensor Cnn::constants(const torch::Tensor& pooled) const {
  std::vector<torch::Tensor> biases;
  for (const Linear& filter : filters) biases.push_back(filter.bias);
  return torch::cat(biases) * (pooled > 0);
}

void Cnn::visit(const Visit& visit) {
  for (std::size_t i = 0; i < filters.size(); ++i) {
    visit_layer(visit, "window" + std::to_string(config.windows[i]), filters[i]);
  }
}

}  // namespace pellucid::train
