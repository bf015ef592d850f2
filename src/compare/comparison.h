// What a comparison found: JSON (pellucid.comparison/1), terminal, HTML. docs/formats.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compare/figure.h"
#include "compare/setup.h"
#include "evaluate/metrics.h"
#include "report/explanation.h"

namespace pellucid::compare {

// What tuning found for one setting, on the validation texts, with the first seed.
struct TriedSetting {
  std::string setting;
  double macro_f1 = 0;
  bool chosen = false;
};

struct TriedMethod {
  std::string method;
  double value = 0;  // mean comprehensiveness − sufficiency on validation texts, of the first seed
};

struct ComparedCell {
  std::uint64_t seed = 0;
  std::string folder;
  double validation_macro_f1 = 0;
  double accuracy = 0, macro_f1 = 0;  // on the test texts
  std::int64_t steps = 0;
  bool stopped_early = false;
  double seconds = 0;
};

struct ComparedFaithfulness {
  std::string method;
  Figure difference;            // comprehensiveness − sufficiency
  double random = 0;            // of the control, on the same texts
  double seconds_per_text = 0;  // of explaining, mean over seeds
  double forward_equivalents = 0;
  std::vector<TriedMethod> tried;  // where there was a choice
};

struct ComparedSystem {
  std::string name;                 // as the plan calls it
  std::string system;               // of the registry
  std::string options;              // as the plan gives them, the chosen setting too: "system cnn, learning-rate 0.001"
  std::vector<TriedSetting> tried;  // one or none: nothing was tuned
  Figure accuracy, precision, recall, f1;                                         // macro averages
  ClassificationMetrics pooled;                                                   // counts of all seeds together
  double negative_log_likelihood = 0, expected_calibration_error = 0, brier = 0;  // means over seeds
  std::int64_t parameters = 0;
  double training_seconds = 0, tokens_per_second = 0, texts_per_second = 0;  // means over seeds
  std::size_t truncated_texts = 0;                                           // test texts that were cut
  std::optional<ComparedFaithfulness> faithfulness;
  std::vector<ComparedCell> cells;
};

struct Comparison : Setup {
  std::string reference;
  std::vector<ComparedSystem> systems;  // in the plan's order
};

std::string to_json(const Comparison& comparison);
std::string to_terminal(const Comparison& comparison, const TerminalStyle& style);
std::string to_html(const Comparison& comparison);

}  // namespace pellucid::compare
