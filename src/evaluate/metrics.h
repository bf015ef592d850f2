// Classification metrics, measures.md section 5. Oracle: scikit-learn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pellucid {

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
  std::vector<ClassMetrics> classes;                // [C]
  std::vector<std::vector<std::size_t>> confusion;  // [gold][predicted]
  double negative_log_likelihood = 0;               // mean, nats
  double expected_calibration_error = 0;            // 15 equal-mass bins
  double brier = 0;                                 // mean over texts of Σ_c (p_c − y_c)²
};

// All that counts alone decide: what needs probabilities stays 0. confusion [gold][predicted], C by C.
ClassificationMetrics metrics_of_counts(std::vector<std::vector<std::size_t>> confusion);

// probabilities [N, C], gold [N] in 0..C-1; the prediction is the first largest probability.
ClassificationMetrics classification_metrics(std::span<const double> probabilities, std::span<const std::int32_t> gold,
                                             std::size_t classes);

}  // namespace pellucid
