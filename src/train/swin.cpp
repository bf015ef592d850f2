#include "train/swin.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

// Attention inside windows, [T, 3d] -> [T, d].
Tensor window_attention(const Tensor& qkv, const Tensor& distance_bias, const Windows& windows) {
  const std::int64_t count = windows.tokens.size(0);
  const std::int64_t size = windows.tokens.size(1);
  const std::int64_t heads = distance_bias.size(0);
  const std::int64_t d = qkv.size(1) / 3;
  const std::int64_t head_size = d / heads;
  const auto parts = qkv.index_select(0, windows.tokens.flatten())
                         .view({count, size, 3, heads, head_size})
                         .permute({2, 0, 3, 1, 4});  // [3, windows, heads, W, head size]
  const Tensor places = torch::arange(size, windows.tokens.options());
  const Tensor distances = (places.unsqueeze(0) - places.unsqueeze(1) + size - 1).flatten();  // j − i + W − 1
  const Tensor bias = distance_bias.index_select(1, distances).view({1, heads, size, size});
  const double scale = 1 / std::sqrt(static_cast<double>(head_size));
  const Tensor scores =
      (torch::matmul(parts[0] * scale, parts[1].transpose(2, 3)) + bias)
          .masked_fill(windows.absent.view({count, 1, 1, size}), -std::numeric_limits<double>::infinity());
  const Tensor mixed = torch::matmul(torch::softmax(scores, -1), parts[2]);
  return mixed.transpose(1, 2).reshape({count * size, d}).index_select(0, windows.slots);
}

Tensor to_tensor(const std::vector<std::int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kInt64).to(device);
}

}  // namespace

Windows make_windows(const std::vector<std::int32_t>& bounds, std::int64_t window, std::int64_t shift,
                     torch::Device device) {
  std::vector<std::int64_t> tokens;
  std::vector<std::int64_t> slots;
  std::vector<bool> absent;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const std::int64_t end = bounds[text + 1];
    std::int64_t border = bounds[text] + (shift > 0 ? shift : window);
    for (std::int64_t begin = bounds[text]; begin < end; begin = border, border += window) {
      for (std::int64_t place = 0; place < window; ++place) {
        const bool present = begin + place < std::min(border, end);
        if (present) slots.push_back(static_cast<std::int64_t>(tokens.size()));
        absent.push_back(!present);
        tokens.push_back(present ? begin + place : begin);
      }
    }
  }
  const auto count = static_cast<std::int64_t>(tokens.size()) / window;
  const Tensor missing = to_tensor({absent.begin(), absent.end()}, device).to(torch::kBool);
  return {to_tensor(tokens, device).view({count, window}), missing.view({count, window}), to_tensor(slots, device)};
}

Tensor SwinBlock::operator()(const Tensor& x, const Windows& windows, const Compute& compute) const {
  const torch::ScalarType type = x.scalar_type();
  const Tensor projected = qkv(attention_norm(x, compute), compute).to(type);
  const Tensor context = window_attention(projected, distance_bias, windows);
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
  const Tensor beside = rows.index_select(0, to_tensor(pairs, x.device())).view({-1, 2 * x.size(1)});
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
    const Windows straight = make_windows(bounds, config.window, 0, embedded.device());
    const Windows shifted = make_windows(bounds, config.window, config.window / 2, embedded.device());
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
