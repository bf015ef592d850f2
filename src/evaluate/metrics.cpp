#include "evaluate/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace pellucid {
namespace {

constexpr std::size_t kCalibrationBins = 15;

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Texts sorted by confidence (ties: earlier first) and cut into 15 bins whose sizes differ by at most
// one; the mean over texts of |accuracy − mean confidence| of their bin.
double calibration_error(const std::vector<double>& confidence, const std::vector<bool>& right) {
  std::vector<std::size_t> order(confidence.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return confidence[i]; });
  double error = 0;
  for (std::size_t bin = 0; bin < kCalibrationBins; ++bin) {
    const std::size_t begin = bin * order.size() / kCalibrationBins;
    const std::size_t end = (bin + 1) * order.size() / kCalibrationBins;
    double gap = 0;  // bin size × (accuracy − mean confidence)
    for (std::size_t rank = begin; rank < end; ++rank)
      gap += (right[order[rank]] ? 1.0 : 0.0) - confidence[order[rank]];
    error += std::abs(gap);
  }
  return order.empty() ? 0 : error / static_cast<double>(order.size());
}

}  // namespace

Confusion confusion_of(std::span<const std::size_t> texts, std::span<const std::int32_t> predicted,
                       std::span<const std::int32_t> gold, std::size_t classes) {
  Confusion confusion(classes, std::vector<std::size_t>(classes, 0));
  for (const std::size_t i : texts) {
    ++confusion[static_cast<std::size_t>(gold[i])][static_cast<std::size_t>(predicted[i])];
  }
  return confusion;
}

ClassificationMetrics metrics_of_counts(Confusion confusion) {
  const std::size_t classes = confusion.size();
  ClassificationMetrics metrics;
  metrics.classes.resize(classes);
  std::size_t right = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    right += confusion[c][c];
    for (const std::size_t count : confusion[c]) metrics.n += count;
  }
  metrics.accuracy = ratio(right, metrics.n);
  for (std::size_t c = 0; c < classes; ++c) {
    std::size_t predicted = 0;
    std::size_t support = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      predicted += confusion[other][c];
      support += confusion[c][other];
    }
    const std::size_t both = confusion[c][c];
    ClassMetrics& one = metrics.classes[c];
    one = {.precision = ratio(both, predicted),
           .recall = ratio(both, support),
           .f1 = ratio(2 * both, predicted + support),
           .support = support,
           .precision_undefined = predicted == 0,
           .recall_undefined = support == 0};
    const double weight = ratio(support, metrics.n);
    const double share = 1.0 / static_cast<double>(classes);
    metrics.macro.precision += share * one.precision;
    metrics.macro.recall += share * one.recall;
    metrics.macro.f1 += share * one.f1;
    metrics.weighted.precision += weight * one.precision;
    metrics.weighted.recall += weight * one.recall;
    metrics.weighted.f1 += weight * one.f1;
  }
  metrics.confusion = std::move(confusion);
  return metrics;
}

Average macro_of_resample(const ClassificationMetrics& drawn, const ClassificationMetrics& whole) {
  Average sum;
  double counted = 0;
  for (std::size_t c = 0; c < drawn.classes.size(); ++c) {
    const ClassMetrics& one = drawn.classes[c];
    if (one.support == 0 && whole.classes[c].support > 0) continue;
    sum.precision += one.precision;
    sum.recall += one.recall;
    sum.f1 += one.f1;
    ++counted;
  }
  return {sum.precision / counted, sum.recall / counted, sum.f1 / counted};
}

std::vector<std::int32_t> predicted_labels(std::span<const double> probabilities, std::size_t classes) {
  std::vector<std::int32_t> predicted;
  predicted.reserve(probabilities.size() / classes);
  for (std::size_t first = 0; first < probabilities.size(); first += classes) {
    const auto p = probabilities.subspan(first, classes);
    predicted.push_back(static_cast<std::int32_t>(std::ranges::max_element(p) - p.begin()));
  }
  return predicted;
}

TextLosses losses_of(std::span<const double> probabilities, std::size_t gold) {
  // As scikit-learn: probabilities are kept away from 0 by the spacing of doubles.
  TextLosses losses{.negative_log_likelihood =
                        -std::log(std::max(probabilities[gold], std::numeric_limits<double>::epsilon()))};
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    const double miss = probabilities[c] - (c == gold ? 1.0 : 0.0);
    losses.brier += miss * miss;
  }
  return losses;
}

ClassificationMetrics classification_metrics(std::span<const double> probabilities, std::span<const std::int32_t> gold,
                                             std::size_t classes) {
  const std::vector<std::int32_t> labels = predicted_labels(probabilities, classes);
  Confusion confusion(classes, std::vector<std::size_t>(classes, 0));
  std::vector<double> confidence(gold.size());
  std::vector<bool> right(gold.size());
  double negative_log_likelihood = 0;
  double brier = 0;
  for (std::size_t text = 0; text < gold.size(); ++text) {
    const auto p = probabilities.subspan(text * classes, classes);
    const auto predicted = static_cast<std::size_t>(labels[text]);
    const auto truth = static_cast<std::size_t>(gold[text]);
    ++confusion[truth][predicted];
    confidence[text] = p[predicted];
    right[text] = predicted == truth;
    const TextLosses losses = losses_of(p, truth);
    negative_log_likelihood += losses.negative_log_likelihood;
    brier += losses.brier;
  }
  ClassificationMetrics metrics = metrics_of_counts(std::move(confusion));
  const auto n = static_cast<double>(std::max<std::size_t>(gold.size(), 1));
  metrics.negative_log_likelihood = negative_log_likelihood / n;
  metrics.brier = brier / n;
  metrics.expected_calibration_error = calibration_error(confidence, right);
  return metrics;
}

}  // namespace pellucid
