// What changed in predictions: labels, the probability of the label before, and what that is worth against gold labels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "diff/summary.h"
#include "diff/texts.h"
#include "evaluate/metrics.h"

namespace pellucid {

struct LabelChanges {
  std::size_t n = 0, changed = 0;
  double share = 0;
  Interval interval = {};                            // Wilson's
  std::vector<std::vector<std::size_t>> table = {};  // [C][C] texts by A's label, then by B's
  Summary probability = {};                          // p_B − p_A of A's label
};

LabelChanges label_changes(std::span<const DiffText> texts, std::size_t classes, std::uint64_t seed);

// B's value less A's; 95 %, bootstrap over texts, both models on the same ones.
struct Change {
  double value = 0;
  Interval interval = {};
};

struct GoldChanges {
  std::size_t n = 0;                  // texts with a label
  std::size_t fixed = 0, broken = 0;  // A wrong and B right; A right and B wrong
  std::size_t both_right = 0, both_wrong = 0;
  double broken_share = 0, fixed_share = 0;            // of n
  Interval broken_interval = {}, fixed_interval = {};  // Wilson's
  double p_value = 1;                                  // McNemar's exact test of fixed against broken
  ClassificationMetrics a, b;
  Interval accuracy_a = {}, accuracy_b = {};  // 95 %, bootstrap over texts
  Change accuracy, negative_log_likelihood, brier, expected_calibration_error;
};

// Nothing where no text has a label.
std::optional<GoldChanges> gold_changes(std::span<const DiffText> texts, std::size_t classes, std::uint64_t seed);

}  // namespace pellucid
