// Classification metrics, measures.md section 5. Oracle: scikit-learn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pellucid {

using Confusion = std::vector<std::vector<std::size_t>>;  // [gold][predicted] texts, C by C

struct ClassMetrics {
  double precision = 0, recall = 0, f1 = 0;
  std::size_t support = 0;
  bool precision_undefined = false;  // no prediction of this class: precision is set to 0
  bool recall_undefined = false;     // no text of this class: recall is set to 0
};

struct Average {
  double precision = 0, recall = 0, f1 = 0;
};

struct ClassificationMetrics {
  std::size_t n = 0;
  double accuracy = 0;
  Average macro, weighted;
  std::vector<ClassMetrics> classes;  // [C]
  Confusion confusion;
  double negative_log_likelihood = 0;     // mean, nats
  double expected_calibration_error = 0;  // 15 equal-mass bins
  double brier = 0;                       // mean over texts of Σ_c (p_c − y_c)²
};

// Counts these texts, one of them as often as it is there; predicted, gold [N] in 0..C-1.
Confusion confusion_of(std::span<const std::size_t> texts, std::span<const std::int32_t> predicted,
                       std::span<const std::int32_t> gold, std::size_t classes);

// All that counts alone decide: what needs probabilities stays 0.
ClassificationMetrics metrics_of_counts(Confusion confusion);

// Macro averages of a resample. A class of `whole` that was not drawn is left out: its 0 would pull an interval below
// the value.
Average macro_of_resample(const ClassificationMetrics& drawn, const ClassificationMetrics& whole);

// Of each text's probabilities [N, C] the first largest, [N].
std::vector<std::int32_t> predicted_labels(std::span<const double> probabilities, std::size_t classes);

// Of one text: its probabilities [C], and the class that is right.
struct TextLosses {
  double negative_log_likelihood = 0;  // nats
  double brier = 0;                    // Σ_c (p_c − y_c)²
};
TextLosses losses_of(std::span<const double> probabilities, std::size_t gold);

// probabilities [N, C], gold [N] in 0..C-1.
ClassificationMetrics classification_metrics(std::span<const double> probabilities, std::span<const std::int32_t> gold,
                                             std::size_t classes);

}  // namespace pellucid
