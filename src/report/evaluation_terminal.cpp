// An evaluation in a terminal: one table after another, columns aligned.
#include <algorithm>

#include "report/escape.h"
#include "report/evaluation.h"
#include "report/faithfulness_table.h"
#include "report/numbers.h"
#include "report/terminal.h"
#include "report/wrapping.h"

namespace pellucid {
namespace {

constexpr std::size_t kLongestName = 24;

using Row = std::vector<std::string>;

std::string name(const std::string& label) {
  return excerpt(label, kLongestName);
}

std::string interval(const Interval& interval) {
  return std::string("[") + fixed(interval.low, 3) + ", " + fixed(interval.high, 3) + "]";
}

std::string totals(const Evaluation& evaluation, const TerminalStyle& style) {
  const ClassificationMetrics& m = evaluation.classification;
  return table({{"n = " + grouped(evaluation.n), "", "95% interval"},
                {"accuracy", fixed(m.accuracy, 3), interval(evaluation.accuracy_interval)},
                {"macro-F1", fixed(m.macro.f1, 3), interval(evaluation.macro_f1_interval)},
                {"negative log-likelihood", fixed(m.negative_log_likelihood, 3), ""},
                {"expected calibration error", fixed(m.expected_calibration_error, 3), ""},
                {"Brier score", fixed(m.brier, 3), ""}},
               style);
}

std::string classes(const Evaluation& evaluation, const TerminalStyle& style) {
  const ClassificationMetrics& m = evaluation.classification;
  std::vector<Row> rows = {{"class", "precision", "recall", "F1", "texts"}};
  const auto share = [](double value, bool undefined) { return fixed(value, 3) + (undefined ? "*" : " "); };
  bool undefined = false;
  for (std::size_t c = 0; c < m.classes.size(); ++c) {
    const ClassMetrics& one = m.classes[c];
    rows.push_back({name(evaluation.classes[c]), share(one.precision, one.precision_undefined),
                    share(one.recall, one.recall_undefined), fixed(one.f1, 3), grouped(one.support)});
    undefined = undefined || one.precision_undefined || one.recall_undefined;
  }
  for (const auto& [label, average] :
       {std::pair("macro average", m.macro), std::pair("weighted average", m.weighted)}) {
    rows.push_back(
        {label, share(average.precision, false), share(average.recall, false), fixed(average.f1, 3), grouped(m.n)});
  }
  return table(rows, style) + (undefined ? "  * undefined (never predicted, or no texts): counted as 0\n" : "");
}

std::string confusion(const Evaluation& evaluation, const TerminalStyle& style) {
  const auto& counts = evaluation.classification.confusion;
  std::vector<Row> rows = {{"label \\ prediction"}};
  for (const std::string& label : evaluation.classes) rows.front().push_back(excerpt(label, 12));
  for (std::size_t gold = 0; gold < counts.size(); ++gold) {
    Row row = {name(evaluation.classes[gold])};
    for (const std::size_t count : counts[gold]) row.push_back(grouped(count));
    rows.push_back(std::move(row));
  }
  return table(rows, style);
}

std::string faithfulness(const Evaluation& evaluation, const TerminalStyle& style) {
  std::vector<Row> rows = {
      {"method", "difference", "95% interval", "p", "comprehensiveness", "sufficiency", "ms/text", "passes/text"}};
  for (const MethodRow& method : method_rows(evaluation.faithfulness)) {
    const auto find = [&](const char* measure) {
      const auto found = method.measures.find(measure);
      return found == method.measures.end() ? nullptr : found->second;
    };
    const auto value = [&](const char* measure) { return find(measure) ? fixed(find(measure)->value, 3) : "-"; };
    const FaithfulnessRow* difference = find("difference");
    const bool best = difference != nullptr && is_best(*difference, evaluation.faithfulness);
    rows.push_back({method.method, value("difference"), difference ? interval(difference->interval) : "-",
                    best         ? "best"
                    : difference ? p_text(difference->p_value)
                                 : "-",
                    value("comprehensiveness"), value("sufficiency"), fixed(1000 * method.any->seconds_per_text, 1),
                    fixed(method.any->forward_equivalents, 1)});
  }
  return table(rows, style) + "  " + grouped(evaluation.faithfulness.front().n) + " texts; unit " + evaluation.unit +
         ", removal " + evaluation.removal + ", bins " + evaluation.bins +
         "; p: paired, Holm-corrected, of difference\n";
}

}  // namespace

std::string to_terminal(const Evaluation& evaluation, const TerminalStyle& style) {
  std::string out = emphasised(visible(evaluation.data_file), Emphasis::bold, style) + "\n";
  out += emphasised("data " + evaluation.data_sha256.substr(0, 12) + ", model " +
                        evaluation.weights_sha256.substr(0, 12) + ", " + evaluation.precision + ", seed " +
                        std::to_string(evaluation.seed) + ", " + fixed(evaluation.seconds, 1) + " s",
                    Emphasis::dim, style) +
         "\n\n";
  out += totals(evaluation, style) + "\n" + classes(evaluation, style) + "\n" + confusion(evaluation, style);
  if (evaluation.truncated_texts > 0) {
    out += "\n  " + grouped(evaluation.truncated_texts) + " texts were cut: " + grouped(evaluation.dropped_pieces) +
           " pieces not read\n";
  }
  if (!evaluation.faithfulness.empty()) out.append("\n").append(faithfulness(evaluation, style));
  return out;
}

}  // namespace pellucid
