// Explanations and evaluations made up for tests.
#pragma once

#include "report/evaluation.h"
#include "report/explanation.h"

namespace pellucid {

// Every run of non-spaces is a unit; scores alternate in sign and fall: +1, −1/2, +1/3, …
inline Explanation sample(const std::string& text) {
  Explanation e;
  e.id = "7";
  e.text = text;
  e.label = "match";
  e.classes = {"film", "market", "match"};
  e.probabilities = {0.1, 0.15, 0.75};
  e.logits = {-1, -0.6, 1.0};
  e.method = "decomposition";
  e.target = "match";
  double score = 1;
  for (std::size_t begin = 0; begin < text.size();) {
    if (text[begin] == ' ') {
      ++begin;
      continue;
    }
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    e.units.push_back({{begin, end}, score});
    score = score > 0 ? -score / (1 + score) : -score / (1 - score);
    begin = end;
  }
  e.bias = 0.25;
  e.special = 0.125;
  e.residual = 1.2e-7;
  e.explained = e.bias + e.residual;
  for (const ExplainedUnit& unit : e.units) e.explained += unit.score;
  e.precision = "fp32";
  e.weights_sha256 = std::string(64, 'b');
  e.version = "0.1.0";
  e.seconds = 0.5;
  e.forward_equivalents = 2;
  return e;
}

// Class "market" is never predicted, class "match" has no texts; two methods compared.
inline Evaluation sample_evaluation() {
  Evaluation e;
  e.data_file = "test.csv";
  e.data_sha256 = std::string(64, 'a');
  e.n = 4;
  e.classes = {"film", "market", "match"};
  const std::vector<double> probabilities = {0.8, 0.1, 0.1, 0.7, 0.2, 0.1, 0.6, 0.3, 0.1, 0.2, 0.2, 0.6};
  const std::vector<std::int32_t> gold = {0, 0, 1, 1};
  e.classification = classification_metrics(probabilities, gold, 3);
  e.accuracy_interval = {0.25, 0.75};
  e.negative_log_likelihood_interval = {0.5, 1.5};
  e.macro_f1_interval = {0.125, 0.5};
  const auto row = [](const char* method, const char* measure, double value, double p) {
    return FaithfulnessRow{method,
                           measure,
                           value,
                           {value - 0.125, value + 0.125},
                           40,
                           p,
                           0.0123,
                           2,
                           std::string_view(measure) == "sufficiency" ? Better::lower : Better::higher};
  };
  e.faithfulness.rows = {row("decomposition", "comprehensiveness", 0.75, 1),
                         row("random", "comprehensiveness", 0.25, 0.0002),
                         row("random", "sufficiency", 0.0625, 1),
                         row("decomposition", "sufficiency", 0.125, 0.25),
                         row("decomposition", "difference", 0.625, 1),
                         row("random", "difference", 0.1875, 0.0004)};
  for (const char* method : {"decomposition", "random"}) {
    Curves& curves = e.faithfulness.curves.emplace_back();
    curves.method = method;
    for (std::size_t p = 0; p < kCurvePoints; ++p) {
      const double share = static_cast<double>(p) / (kCurvePoints - 1);
      curves.deletion.push_back({share, 1 - share, {0.9 - 0.9 * share, 1 - 0.9 * share}});
      curves.insertion.push_back({share, share, {0.9 * share, 0.1 + 0.9 * share}});
    }
  }
  e.faithfulness.costs = {{"comprehensiveness", 0.25}, {"sufficiency", 0}, {"difference", 0}};
  e.bins = "deciles";
  e.unit = "word";
  e.removal = "mask";
  e.explain_precision = "fp32";
  e.seed = 11;
  e.precision = "bf16";
  e.weights_sha256 = std::string(64, 'b');
  e.tool = {.version = "0.1.0", .machine = "AMD EPYC, 2 CPUs", .command = "pellucid evaluate m test.csv"};
  e.seconds = 3.5;
  return e;
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// What --quality-study and --stability add.
inline void add_studies(Evaluation& e) {
  e.quality = QualityStudy{
      .method = "decomposition",
      .verdicts = {{Verdict::ok, 30, 1, 1.0 / 30, {0.006, 0.167}}, {Verdict::weak, 8, 2, 0.25, {0.07, 0.59}}},
      .p_value = 0.0123,
      .warnings = {{"confidence", 0.875, {0.7, 0.95}}}};
  e.stability = {{.change = "typos",
                  .method = "random",
                  .n = 12,
                  .spearman = -0.0625,
                  .kendall = 0.5,
                  .top_overlap = 0.25,
                  .spearman_interval = {-0.5, 0.5},
                  .kendall_interval = {},
                  .top_overlap_interval = {},
                  .predictions_changed = 0.125,
                  .changed_interval = {0.02, 0.5}}};
}

}  // namespace pellucid
