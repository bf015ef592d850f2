#include "train/step.h"

#include <torch/utils.h>

#include <random>
#include <utility>

#include "train/losses.h"

namespace pellucid::train {
namespace {

// Training texts of each class. [C]
torch::Tensor counts_of(const EncodedTexts& texts, std::size_t classes) {
  std::vector<float> counts(classes, 0);
  for (const std::int32_t label : texts.labels()) ++counts[label];
  return torch::tensor(counts);
}

// N / (C n_c), as scikit-learn's "balanced"; 0 for a class without texts.
torch::Tensor balanced_weights(const torch::Tensor& counts) {
  return torch::where(counts > 0, counts.sum() / (static_cast<double>(counts.size(0)) * counts.clamp_min(1)), 0.0F);
}

PackedBatch texts_of(const PackedBatch& batch, const Part& part) {
  PackedBatch texts;
  for (std::size_t i = part.first; i < part.last; ++i) {
    texts.add(std::span(batch.ids).subspan(batch.bounds[i], batch.bounds[i + 1] - batch.bounds[i]));
  }
  return texts;
}

}  // namespace

std::vector<Part> parts_of(const Step& step, std::size_t count) {
  const std::vector<std::int32_t>& bounds = step.batch.bounds;
  const double tokens = static_cast<double>(step.batch.tokens());
  std::vector<Part> parts;
  std::size_t text = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double end = tokens * static_cast<double>(i + 1) / static_cast<double>(count);
    Part& part = parts.emplace_back(Part{text, text});
    // A text belongs where its middle lies.
    while (text < step.batch.texts() && (bounds[text] + bounds[text + 1]) / 2.0 < end) ++text;
    part.last = i + 1 == count ? step.batch.texts() : text;
  }
  return parts;
}

Objective::Objective(Options options, const Corpus& corpus, const SpecialTokens& specials)
    : options_(std::move(options)),
      corpus_(corpus),
      specials_(specials),
      class_counts_(counts_of(corpus.train, corpus.labels.size())) {
  if (options_.balanced_class_weights) class_weights_ = balanced_weights(class_counts_);
}

Result<Step> Objective::draw(std::span<const std::uint32_t> texts, std::int64_t number) const {
  std::seed_seq sequence{options_.seed, static_cast<std::uint64_t>(number)};
  std::mt19937_64 random(sequence);
  Step step;
  step.texts.assign(texts.begin(), texts.end());
  step.seed = random();
  PELLUCID_TRY(step.batch, corpus_.train.pack(texts));
  if (options_.masking > 0) step.batch = mask_at_random(step.batch, options_.masking, specials_, random);
  step.sufficient = static_cast<double>(random() >> 11) * 0x1.0p-53 < options_.sufficiency_share;
  step.kept = draw_kept_shares(texts.size(), random);
  return step;
}

std::vector<std::int32_t> Objective::reachable(const Step& step) const {
  std::vector<std::int32_t> ids = step.batch.ids;
  ids.push_back(specials_.mask);  // of texts reduced to what matters
  return ids;
}

// The weight that the cross-entropy is a mean by.
double Objective::weight_of(const Step& step, const Part& part) const {
  if (!class_weights_.defined()) return static_cast<double>(part.last - part.first);
  double weight = 0;
  for (std::size_t i = part.first; i < part.last; ++i) {
    weight += class_weights_.data_ptr<float>()[corpus_.train.labels()[step.texts[i]]];
  }
  return weight;
}

torch::Tensor Objective::loss(System& system, const Compute& compute, const Step& step, const Part& part) const {
  const torch::Device device = system.device();
  const Part whole{0, step.texts.size()};
  const double share = static_cast<double>(part.last - part.first) / static_cast<double>(whole.last);
  const double label_share = weight_of(step, part) / weight_of(step, whole);

  Compute own = compute;
  own.first_row = static_cast<std::size_t>(step.batch.bounds[part.first]);
  // Where masks do not follow the rows, those of two parts must at least not be the same.
  torch::manual_seed(system.dropout_by_row() ? step.seed : step.seed + own.first_row);

  std::vector<std::int64_t> gold;
  for (std::size_t i = part.first; i < part.last; ++i) gold.push_back(corpus_.train.labels()[step.texts[i]]);
  const torch::Tensor labels = torch::tensor(gold).to(device);
  const torch::Tensor class_weights = class_weights_.defined() ? class_weights_.to(device) : class_weights_;
  const PackedBatch batch = texts_of(step.batch, part);

  const auto label_loss = [&](const torch::Tensor& logits) {
    const bool adjusts = options_.logit_adjustment != 0;
    return label_share *
           cross_entropy(adjusts ? adjusted_for_prior(logits, class_counts_, options_.logit_adjustment) : logits,
                         labels, class_weights, options_.label_smoothing);
  };
  const Prediction full = system.forward(to_tensors(batch, device), own);
  torch::Tensor loss = label_loss(full.logits);
  if (options_.deep_supervision > 0 && full.first_logits.defined()) {
    loss = loss + options_.deep_supervision * label_loss(full.first_logits);
  }
  if (options_.r_drop > 0) {
    const Prediction again = system.forward(to_tensors(batch, device), own);
    loss = loss + label_loss(again.logits) + options_.r_drop * (share * r_drop(full.logits, again.logits));
  }
  if (options_.contrastive > 0) loss = loss + options_.contrastive * supervised_contrastive(full.pooled, labels);
  if (options_.sufficiency > 0 && full.scores.defined() && step.sufficient) {
    const torch::Tensor scores = full.scores.to(torch::kCPU, torch::kFloat32).contiguous();
    const PackedBatch reduced =
        keep_most_important(batch, {scores.data_ptr<float>(), static_cast<std::size_t>(scores.numel())},
                            std::span(step.kept).subspan(part.first, part.last - part.first), specials_);
    const Prediction kept = system.forward(to_tensors(reduced, device), own);
    loss = loss + options_.sufficiency * (share * self_consistency(full.logits, kept.logits));
  }
  return loss;
}

}  // namespace pellucid::train
