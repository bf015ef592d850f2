#include "train/losses.h"

#include <algorithm>
#include <cmath>

namespace pellucid::train {
namespace {

// Uniform in [0, 1); std::uniform_real_distribution differs between standard libraries.
double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

bool is_special(std::int32_t id, const SpecialTokens& specials) {
  return id == specials.begin || id == specials.end || id == specials.pad;
}

// Positions of one text's ordinary tokens.
std::vector<std::int32_t> ordinary(const PackedBatch& batch, std::size_t text, const SpecialTokens& specials) {
  std::vector<std::int32_t> positions;
  for (std::int32_t i = batch.bounds[text]; i < batch.bounds[text + 1]; ++i) {
    if (!is_special(batch.ids[i], specials)) positions.push_back(i);
  }
  return positions;
}

}  // namespace

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                            const torch::Tensor& class_weights, double smoothing) {
  const torch::Tensor log_probability = torch::log_softmax(logits, 1);
  torch::Tensor losses = -log_probability.gather(1, labels.unsqueeze(1)).squeeze(1);
  if (smoothing > 0) losses = (1 - smoothing) * losses - smoothing * log_probability.mean(1);
  if (!class_weights.defined()) return losses.mean();
  const torch::Tensor weights = class_weights.index_select(0, labels);
  return (losses * weights).sum() / weights.sum();
}

torch::Tensor adjusted_for_prior(const torch::Tensor& logits, const torch::Tensor& counts, double tau) {
  return logits + tau * torch::log(counts / counts.sum()).to(logits);
}

torch::Tensor self_consistency(const torch::Tensor& full, const torch::Tensor& reduced) {
  const torch::Tensor teacher = torch::log_softmax(full.detach(), 1);
  return (teacher.exp() * (teacher - torch::log_softmax(reduced, 1))).sum(1).mean();
}

torch::Tensor r_drop(const torch::Tensor& one, const torch::Tensor& other) {
  const torch::Tensor p = torch::log_softmax(one, 1);
  const torch::Tensor q = torch::log_softmax(other, 1);
  return ((p.exp() - q.exp()) * (p - q)).sum(1).mean() / 2;
}

torch::Tensor supervised_contrastive(const torch::Tensor& features, const torch::Tensor& labels, double temperature) {
  const torch::Tensor unit = features / features.norm(2, 1, true).clamp_min(1e-12);
  const std::int64_t texts = features.size(0);
  const torch::Tensor self = torch::eye(texts, labels.options().dtype(torch::kBool));
  const torch::Tensor positive =
      labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(self.logical_not()).to(features.scalar_type());
  const torch::Tensor similarity =
      (torch::matmul(unit, unit.t()) / temperature).masked_fill(self, -std::numeric_limits<float>::infinity());
  const torch::Tensor log_probability = torch::log_softmax(similarity, 1).masked_fill(self, 0);
  const torch::Tensor positives = positive.sum(1);
  const torch::Tensor anchors = positives.gt(0).to(features.scalar_type());
  const torch::Tensor per_anchor = -(positive * log_probability).sum(1) / positives.clamp_min(1);
  return (per_anchor * anchors).sum() / anchors.sum().clamp_min(1);
}

PackedBatch mask_at_random(const PackedBatch& batch, double share, const SpecialTokens& specials,
                           std::mt19937_64& random) {
  PackedBatch masked = batch;
  for (std::size_t text = 0; text < batch.texts(); ++text) {
    if (uniform(random) >= share) continue;
    const double part = 1 - std::sqrt(uniform(random));
    for (const std::int32_t i : ordinary(batch, text, specials)) {
      if (uniform(random) < part) masked.ids[i] = specials.mask;
    }
  }
  return masked;
}

PackedBatch keep_most_important(const PackedBatch& batch, std::span<const float> scores, std::span<const double> kept,
                                const SpecialTokens& specials) {
  PackedBatch reduced = batch;
  for (std::size_t text = 0; text < batch.texts(); ++text) {
    std::vector<std::int32_t> positions = ordinary(batch, text, specials);
    const auto k = std::max<std::size_t>(1, std::lround(kept[text] * static_cast<double>(positions.size())));
    std::stable_sort(positions.begin(), positions.end(),
                     [&](std::int32_t x, std::int32_t y) { return scores[x] > scores[y]; });
    for (std::size_t rank = k; rank < positions.size(); ++rank) reduced.ids[positions[rank]] = specials.mask;
  }
  return reduced;
}

std::vector<double> draw_kept_shares(std::size_t texts, std::mt19937_64& random) {
  std::vector<double> shares(texts);
  for (double& share : shares) share = 0.1 + 0.4 * uniform(random);
  return shares;
}

}  // namespace pellucid::train
