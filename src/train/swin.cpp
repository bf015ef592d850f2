#include "train/swin.h"

#include "train/attention.h"
#include "train/initial.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

SwinBlock initial_block(std::int64_t width, const SwinConfig& config) {
  constexpr std::int64_t kWider = 4;  // the feed-forward's inner width
  return {initial_norm(width),
          initial_norm(width),
          initial_linear(3 * width, width),
          initial_linear(width, width),
          initial_linear(kWider * width, width),
          initial_linear(width, kWider * width),
          torch::randn({width / config.head_size, 2 * config.window - 1}) * 0.02};
}

}  // namespace

std::vector<std::int32_t> window_bounds(const std::vector<std::int32_t>& bounds, std::int64_t window,
                                        std::int64_t shift) {
  std::vector<std::int32_t> windows{0};
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    std::int64_t border = bounds[text] + (shift > 0 ? shift : window);
    for (; border < bounds[text + 1]; border += window) windows.push_back(static_cast<std::int32_t>(border));
    if (bounds[text + 1] > windows.back()) windows.push_back(bounds[text + 1]);
  }
  return windows;
}

Tensor SwinBlock::operator()(const Tensor& x, const std::vector<std::int32_t>& windows, const Compute& compute) const {
  const torch::ScalarType type = x.scalar_type();
  const Tensor context =
      attention(qkv(attention_norm(x, compute), compute), windows, distance_bias.size(0), compute, {distance_bias});
  const Tensor y = x + dropout(output(context, compute).to(type), compute);
  const Tensor wide = gelu(intermediate(feed_forward_norm(y, compute), compute), compute);
  return y + dropout(dense(wide, compute).to(type), compute);
}

std::vector<std::int32_t> merged_bounds(const std::vector<std::int32_t>& bounds) {
  std::vector<std::int32_t> merged{0};
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text)
    merged.push_back(merged.back() + (bounds[text + 1] - bounds[text] + 1) / 2);
  return merged;
}

Tensor SwinMerging::operator()(const Tensor& x, const std::vector<std::int32_t>& bounds, const Compute& compute) const {
  const std::int64_t zeros = x.size(0);  // the row of zeros that stands after all tokens
  std::vector<std::int64_t> pairs;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    for (std::int64_t i = bounds[text]; i < bounds[text + 1]; i += 2) {
      pairs.push_back(i);
      pairs.push_back(i + 1 < bounds[text + 1] ? i + 1 : zeros);
    }
  }
  const Tensor rows = torch::cat({x, torch::zeros({1, x.size(1)}, x.options())});
  const Tensor beside =
      rows.index_select(0, torch::tensor(pairs, torch::kInt64).to(x.device())).view({-1, 2 * x.size(1)});
  return narrower(norm(beside, compute), compute).to(x.scalar_type());
}

Swin::Swin(const Config& swin_config)
    : config(swin_config),
      embedding_norm(initial_norm(config.input)),
      norm(initial_norm(config.widths.back())),
      entry(initial_linear(config.widths.front(), config.input)) {
  for (std::size_t stage = 0; stage < config.widths.size(); ++stage) {
    const std::int64_t width = config.widths[stage];
    if (stage > 0) {
      const std::int64_t both = 2 * config.widths[stage - 1];
      mergings.push_back({initial_norm(both), initial_linear(width, both)});
    }
    stages.emplace_back();
    for (std::int64_t i = 0; i < config.blocks; ++i) stages.back().push_back(initial_block(width, config));
  }
}

Tensor Swin::pooled(const Tensor& embedded, const PackedTensors& batch, const Compute& compute) const {
  std::vector<std::int32_t> bounds = batch.bounds;
  Tensor hidden = entry(dropout(embedding_norm(embedded, compute), compute), compute).to(embedded.scalar_type());
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    if (stage > 0) {
      hidden = mergings[stage - 1](hidden, bounds, compute);
      bounds = merged_bounds(bounds);
    }
    const std::vector<std::int32_t> straight = window_bounds(bounds, config.window, 0);
    const std::vector<std::int32_t> shifted = window_bounds(bounds, config.window, config.window / 2);
    for (std::size_t i = 0; i < stages[stage].size(); ++i)
      hidden = stages[stage][i](hidden, i % 2 == 0 ? straight : shifted, compute);
  }
  const PackedBatch merged{std::vector<std::int32_t>(bounds.back()), bounds};
  return mean_by_text(norm(hidden, compute), to_tensors(merged, embedded.device()));
}

void Swin::visit(const Visit& visit) {
  visit_layer(visit, "embedding_norm", embedding_norm);
  visit_layer(visit, "entry", entry);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    const std::string scope = "stage." + std::to_string(stage) + ".";
    if (stage > 0) {
      visit_layer(visit, scope + "merging.norm", mergings[stage - 1].norm);
      visit_layer(visit, scope + "merging.narrower", mergings[stage - 1].narrower);
    }
    for (std::size_t i = 0; i < stages[stage].size(); ++i) {
      const std::string block = scope + "block." + std::to_string(i) + ".";
      SwinBlock& value = stages[stage][i];
      visit_layer(visit, block + "attention_norm", value.attention_norm);
      visit_layer(visit, block + "qkv", value.qkv);
      visit(block + "distance_bias", value.distance_bias);
      visit_layer(visit, block + "output", value.output);
      visit_layer(visit, block + "feed_forward_norm", value.feed_forward_norm);
      visit_layer(visit, block + "intermediate", value.intermediate);
      visit_layer(visit, block + "dense", value.dense);
    }
  }
  visit_layer(visit, "norm", norm);
}

}  // namespace pellucid::train
