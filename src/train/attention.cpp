#include "train/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention.h"
#include "train/kernel_blocks.h"
#include "train/tensor_spans.h"

namespace pellucid::train {
namespace {

// ⟨x_t, table_r⟩ of one text, [heads, n, R]. x [heads, n, d_k], table [R, d]
torch::Tensor position_scores(const torch::Tensor& x, const torch::Tensor& table) {
  const std::int64_t heads = x.size(0);
  return torch::matmul(x, table.to(x.scalar_type()).view({table.size(0), heads, x.size(2)}).permute({1, 2, 0}));
}

// A of one text, [heads, n, n], from its rows of qkv.
torch::Tensor attention_weights(const torch::Tensor& qkv, std::int64_t heads, const Distances& distances = {}) {
  const std::int64_t n = qkv.size(0);
  const std::int64_t width = qkv.size(1) / 3 / heads;
  const auto parts = qkv.view({n, 3, heads, width}).permute({1, 2, 0, 3});  // [3, heads, n, d_k]
  const bool disentangled = distances.positions.defined();
  const double scale = 1.0 / std::sqrt(static_cast<double>((disentangled ? 3 : 1) * width));
  const torch::Tensor q = parts[0] * scale;
  const torch::Tensor k = parts[1];
  torch::Tensor scores = torch::matmul(q, k.transpose(1, 2));
  const torch::Tensor at = torch::arange(n, scores.options().dtype(torch::kInt64));
  const torch::Tensor apart = at.unsqueeze(0) - at.unsqueeze(1);  // i − j at [j, i]
  if (distances.term.defined()) {
    const torch::Tensor columns = (apart + distances.term.size(1) / 2).reshape(-1);
    scores = scores + distances.term.index_select(1, columns).view({heads, n, n}).to(scores.scalar_type());
  }
  if (disentangled) {
    const torch::Tensor columns = (apart + distances.places.size(0) / 2).reshape(-1);
    const torch::Tensor rows = distances.places.index_select(0, columns).view({1, n, n}).expand({heads, n, n});
    const std::vector<torch::Tensor> tables = distances.positions.chunk(2, 1);
    const torch::Tensor of_queries = position_scores(q, tables[1]).gather(2, rows);               // [j, i]
    const torch::Tensor of_keys = position_scores(k, tables[0]).gather(2, rows.transpose(1, 2));  // [i, j]
    scores = scores + of_queries + scale * of_keys.transpose(1, 2);
  }
  if (distances.window < n - 1) {
    scores = scores.masked_fill(apart.abs() > distances.window, -std::numeric_limits<double>::infinity());
  }
  return torch::softmax(scores, -1);
}

std::int64_t longest_of(const PackedTensors& batch) {
  std::int64_t longest = 1;
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    longest = std::max<std::int64_t>(longest, batch.bounds[text + 1] - batch.bounds[text]);
  }
  return longest;
}

bool has_kernels(const torch::Tensor& qkv, const Distances& distances) {
  const torch::ScalarType type = qkv.scalar_type();
  return qkv.device().is_cpu() && (type == torch::kFloat32 || type == torch::kBFloat16) &&
         !distances.positions.defined();
}

}  // namespace

torch::Tensor attention(const torch::Tensor& qkv, const std::vector<std::int32_t>& bounds, std::int64_t heads,
                        const Compute& compute, const Distances& distances) {
  if (has_kernels(qkv, distances)) {
    return context_on_kernels(qkv, bounds, heads, compute, distances.term, distances.window);
  }
  const std::int64_t d = qkv.size(1) / 3;
  std::vector<torch::Tensor> contexts;
  for (const torch::Tensor& rows : rows_by_text(qkv, bounds)) {
    const std::int64_t n = rows.size(0);
    torch::Tensor weights = attention_weights(rows, heads, distances);
    if (compute.mode == Backward::exact) weights = weights.detach();
    const torch::Tensor values = rows.slice(1, 2 * d).view({n, heads, d / heads}).transpose(0, 1);
    contexts.push_back(torch::matmul(weights, values).transpose(0, 1).reshape({n, d}));
  }
  return torch::cat(contexts);
}

torch::Tensor rotated(const torch::Tensor& qkv, const PackedTensors& batch, std::int64_t heads,
                      const torch::Tensor& table) {
  const std::int64_t d = qkv.size(1) / 3;
  const torch::Tensor angles =
      table.to(qkv.device()).index_select(0, batch.positions).to(qkv.scalar_type()).unsqueeze(1);  // [T, 1, d_k]
  const std::vector<torch::Tensor> turn = angles.chunk(2, 2);                                      // cos, sin
  const std::vector<torch::Tensor> pair = qkv.slice(1, 0, 2 * d).view({-1, 2 * heads, d / heads}).chunk(2, 2);
  const torch::Tensor turned =
      torch::cat({pair[0] * turn[0] - pair[1] * turn[1], pair[1] * turn[0] + pair[0] * turn[1]}, 2);
  return torch::cat({turned.view({-1, 2 * d}), qkv.slice(1, 2 * d)}, 1);
}

torch::Tensor relative_term(const torch::Tensor& table, const PackedTensors& batch) {
  if (!table.defined()) return {};
  const torch::Tensor buckets =
      torch::tensor(relative_buckets(longest_of(batch) - 1), torch::kInt64).to(table.device());
  return table.index_select(0, buckets).t();
}

torch::Tensor relative_places(const EncoderConfig& config, const PackedTensors& batch) {
  const std::vector<std::int32_t> places =
      disentangled_places(config.position_buckets, config.max_relative_positions, longest_of(batch) - 1);
  return torch::tensor(places, torch::kInt32).to(batch.ids.device(), torch::kInt64);
}

torch::Tensor attention_column_sum(const torch::Tensor& qkv, const torch::Tensor& g, const PackedTensors& batch,
                                   std::int64_t heads, bool through) {
  if (!through && qkv.device().is_cpu() && g.scalar_type() == torch::kFloat32) {
    const torch::Tensor input = qkv.detach().contiguous();
    const torch::Tensor gradient = g.detach().contiguous();
    torch::Tensor a = torch::empty_like(gradient);
    pellucid::attention_column_sum(activations(input), batch.bounds, heads, floats(gradient), floats(a));
    return a;
  }
  const std::vector<torch::Tensor> rows = rows_by_text(qkv.to(g.scalar_type()), batch.bounds);
  const std::vector<torch::Tensor> gradients = rows_by_text(g, batch.bounds);
  std::vector<torch::Tensor> scores;
  for (std::size_t text = 0; text < rows.size(); ++text) {
    scores.push_back(torch::matmul(gradients[text], attention_weights(rows[text], heads).sum(0)));
  }
  const torch::Tensor a = torch::cat(scores);
  return through ? a : a.detach();
}

}  // namespace pellucid::train
