#include "diff/changes.h"

#include "evaluate/quality_study.h"

namespace pellucid {
namespace {

double share_of(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// One model's predictions of the labelled texts, as classification_metrics takes them.
struct Judged {
  std::vector<double> probabilities;  // [n, C]
  std::vector<double> right;          // [n] 1 or 0

  ClassificationMetrics metrics(std::span<const std::int32_t> gold, std::size_t classes,
                                std::span<const std::size_t> which) const {
    std::vector<double> p;
    std::vector<std::int32_t> labels;
    for (const std::size_t i : which) {
      const auto own = std::span(probabilities).subspan(i * classes, classes);
      p.insert(p.end(), own.begin(), own.end());
      labels.push_back(gold[i]);
    }
    return classification_metrics(p, labels, classes);
  }
};

void add(Judged& judged, const ModelPrediction& prediction, std::int32_t gold) {
  judged.probabilities.insert(judged.probabilities.end(), prediction.probabilities.begin(),
                              prediction.probabilities.end());
  judged.right.push_back(prediction.label == gold ? 1 : 0);
}

}  // namespace

LabelChanges label_changes(std::span<const DiffText> texts, std::size_t classes, std::uint64_t seed) {
  LabelChanges found{.n = texts.size(), .table = std::vector(classes, std::vector<std::size_t>(classes, 0))};
  std::vector<double> shifts;
  for (const DiffText& text : texts) {
    const auto before = static_cast<std::size_t>(text.a.label);
    ++found.table[before][static_cast<std::size_t>(text.b.label)];
    found.changed += text.changed() ? 1 : 0;
    shifts.push_back(text.b.probabilities[before] - text.a.probabilities[before]);
  }
  found.share = share_of(found.changed, found.n);
  found.interval = wilson_interval(found.changed, found.n);
  found.probability = summary_of(std::move(shifts), seed);
  return found;
}

std::optional<GoldChanges> gold_changes(std::span<const DiffText> texts, std::size_t classes, std::uint64_t seed) {
  GoldChanges found;
  Judged a;
  Judged b;
  std::vector<std::int32_t> gold;
  std::vector<std::size_t> all;
  for (const DiffText& text : texts) {
    if (!text.gold) continue;
    all.push_back(gold.size());
    gold.push_back(*text.gold);
    add(a, text.a, *text.gold);
    add(b, text.b, *text.gold);
    const bool before = a.right.back() == 1;
    const bool after = b.right.back() == 1;
    ++(before ? (after ? found.both_right : found.broken) : (after ? found.fixed : found.both_wrong));
  }
  found.n = gold.size();
  if (found.n == 0) return std::nullopt;
  found.broken_share = share_of(found.broken, found.n);
  found.fixed_share = share_of(found.fixed, found.n);
  found.broken_interval = wilson_interval(found.broken, found.n);
  found.fixed_interval = wilson_interval(found.fixed, found.n);
  found.p_value = mcnemar_exact(found.broken, found.fixed);
  found.a = a.metrics(gold, classes, all);
  found.b = b.metrics(gold, classes, all);
  found.accuracy_a = bootstrap_mean(a.right, seed);
  found.accuracy_b = bootstrap_mean(b.right, seed);
  const auto difference = [&](double ClassificationMetrics::* member, std::span<const std::size_t> which) {
    return b.metrics(gold, classes, which).*member - a.metrics(gold, classes, which).*member;
  };
  // Of a metric that is a mean over texts: each text's own values, which are cheaper to draw from.
  const auto change_of_mean = [&](double ClassificationMetrics::* member) {
    std::vector<double> differences;
    for (const std::size_t i : all) differences.push_back(difference(member, {&i, 1}));
    return Change{.value = mean(differences), .interval = bootstrap_mean(differences, seed)};
  };
  found.accuracy = change_of_mean(&ClassificationMetrics::accuracy);
  found.negative_log_likelihood = change_of_mean(&ClassificationMetrics::negative_log_likelihood);
  found.brier = change_of_mean(&ClassificationMetrics::brier);
  constexpr auto kCalibration = &ClassificationMetrics::expected_calibration_error;
  found.expected_calibration_error = {
      .value = difference(kCalibration, all),
      .interval = bootstrap(
          found.n, [&](std::span<const std::size_t> drawn) { return difference(kCalibration, drawn); }, seed)};
  return found;
}

}  // namespace pellucid
