#include "audit/label_errors.h"

#include <algorithm>

namespace pellucid {
namespace {

std::vector<std::optional<double>> thresholds_of(const AuditedTexts& audited, std::size_t classes) {
  std::vector<double> sums(classes);
  std::vector<double> texts(classes);
  for (const AuditedText& text : audited.texts) {
    if (!text.gold) continue;
    const auto label = static_cast<std::size_t>(*text.gold);
    sums[label] += text.probabilities[label];
    ++texts[label];
  }
  std::vector<std::optional<double>> thresholds(classes);
  for (std::size_t c = 0; c < classes; ++c) {
    if (texts[c] > 0) thresholds[c] = sums[c] / texts[c];
  }
  return thresholds;
}

// The most probable of the classes that pass their threshold; none passes: nothing.
std::optional<std::size_t> confident_class(const AuditedText& text,
                                           const std::vector<std::optional<double>>& thresholds) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < thresholds.size(); ++c) {
    if (!thresholds[c] || text.probabilities[c] < *thresholds[c]) continue;
    if (!best || text.probabilities[c] > text.probabilities[*best]) best = c;
  }
  return best;
}

double largest_other(const std::vector<double>& probabilities, std::size_t label) {
  double largest = 0;
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    if (c != label) largest = std::max(largest, probabilities[c]);
  }
  return largest;
}

}  // namespace

Result<std::optional<LabelErrors>> find_label_errors(Classifier& classifier, const AuditedTexts& audited,
                                                     const Method& method, const MethodOptions& options,
                                                     std::size_t count) {
  if (!audited.labelled) return std::nullopt;
  LabelErrors found{.thresholds = thresholds_of(audited, classifier.labels().size()), .suspects = {}};
  for (std::size_t t = 0; t < audited.texts.size(); ++t) {
    const AuditedText& text = audited.texts[t];
    if (!text.gold) continue;
    ++found.labelled;
    const auto given = static_cast<std::size_t>(*text.gold);
    const std::optional<std::size_t> confident = confident_class(text, found.thresholds);
    if (!confident || *confident == given) continue;
    const double given_probability = text.probabilities[given];
    found.suspects.push_back({.text = t,
                              .suggested = static_cast<std::int32_t>(*confident),
                              .given_probability = given_probability,
                              .suggested_probability = text.probabilities[*confident],
                              .margin = given_probability - largest_other(text.probabilities, given)});
  }
  found.suspected = found.suspects.size();
  std::ranges::stable_sort(found.suspects, {}, &LabelSuspect::margin);
  found.suspects.resize(std::min(found.suspects.size(), count));
  std::vector<Input> inputs;
  for (const LabelSuspect& suspect : found.suspects) {
    const AuditedText& text = audited.texts[suspect.text];
    inputs.push_back({&text.encoding, &text.units, {.label = *text.gold, .against = suspect.suggested}});
  }
  PELLUCID_TRY(const std::vector<Attribution> contrasts, method.explain(classifier, inputs, options));
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    found.suspects[i].scores = unit_scores(*inputs[i].units, contrasts[i].scores);
  }
  return std::optional(std::move(found));
}

}  // namespace pellucid
