#include "evaluate/predictions.h"

#include <numeric>

#include "runtime/predict.h"

namespace pellucid {

Predictions::Variant Predictions::add(std::vector<std::int32_t> ids) {
  const auto [known, is_new] = index_.try_emplace(std::move(ids), index_.size());
  if (is_new) waiting_.push_back(known->first);
  return known->second;
}

Predictions::Variant Predictions::add(const Encoding& encoding, const Units& units, const std::vector<bool>& keep) {
  return add(remove_units(encoding, units, keep, removal_, classifier_.tokenizer().specials()));
}

void Predictions::run() {
  const std::vector<float> found = predict(classifier_, waiting_, batch_tokens_);
  logits_.insert(logits_.end(), found.begin(), found.end());
  waiting_.clear();
}

std::span<const float> Predictions::logits(Variant variant) const {
  const std::size_t classes = classifier_.labels().size();
  return std::span(logits_).subspan(variant * classes, classes);
}

double Predictions::probability(Variant variant, std::int32_t label) const {
  return softmax(logits(variant))[static_cast<std::size_t>(label)];
}

double Predictions::explained(Variant variant, std::int32_t label) const {
  const std::span<const float> z = logits(variant);
  return z[static_cast<std::size_t>(label)] - std::accumulate(z.begin(), z.end(), 0.0) / static_cast<double>(z.size());
}

}  // namespace pellucid
