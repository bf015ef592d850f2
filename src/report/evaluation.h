// An evaluation as people and programs get it: JSON (pellucid.evaluation/1), terminal, HTML.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/method_comparison.h"
#include "evaluate/metrics.h"
#include "evaluate/quality_study.h"
#include "evaluate/stability.h"
#include "evaluate/statistics.h"
#include "report/explanation.h"
#include "version/version.h"

namespace pellucid {

struct Evaluation {
  std::string data_file;
  std::string data_sha256;
  std::size_t n = 0;
  std::size_t truncated_texts = 0, dropped_pieces = 0;
  std::size_t windowed_texts = 0;  // read in several windows (--long window)
  std::vector<std::string> classes;
  ClassificationMetrics classification;
  // 95 %, bootstrap over texts; of what is a mean over them or counts them.
  Interval accuracy_interval, macro_precision_interval, macro_recall_interval, macro_f1_interval;
  Interval negative_log_likelihood_interval, brier_interval;
  MethodComparison faithfulness;                    // empty where not asked for
  std::string sort_by = std::string(kDefaultSort);  // the measure that orders the table of methods
  std::string bins, unit, removal;                  // of the faithfulness rows
  std::string explain_precision;                    // of their explanations
  std::optional<QualityStudy> quality;              // where asked for
  std::vector<StabilityRow> stability;              // empty where not asked for
  std::uint64_t seed = 0;
  std::string precision;
  std::string weights_sha256;
  Tool tool;
  double seconds = 0;
};

std::string to_json(const Evaluation& evaluation);
std::string to_terminal(const Evaluation& evaluation, const TerminalStyle& style);

// One page with the evaluation and some explanations (the demo's report).
std::string to_html(const Evaluation& evaluation, std::span<const Explanation> explanations, const std::string& title);
std::string to_fragment(const Evaluation& evaluation, const std::string& name);  // as of an explanation

}  // namespace pellucid
