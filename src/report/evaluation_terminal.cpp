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
  return interval_text(interval, 3);
}

std::string totals(const Evaluation& evaluation, const TerminalStyle& style) {
  const ClassificationMetrics& m = evaluation.classification;
  return table({{"n = " + grouped(evaluation.n), "", "95% interval"},
                {"accuracy", fixed(m.accuracy, 3), interval(evaluation.accuracy_interval)},
                {"macro precision", fixed(m.macro.precision, 3), interval(evaluation.macro_precision_interval)},
                {"macro recall", fixed(m.macro.recall, 3), interval(evaluation.macro_recall_interval)},
                {"macro-F1", fixed(m.macro.f1, 3), interval(evaluation.macro_f1_interval)},
                {"negative log-likelihood", fixed(m.negative_log_likelihood, 3),
                 interval(evaluation.negative_log_likelihood_interval)},
                {"expected calibration error", fixed(m.expected_calibration_error, 3), ""},
                {"Brier score", fixed(m.brier, 3), interval(evaluation.brier_interval)}},
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

// The measure that the table is sorted by with its interval and test, the cost, and the other measures, in as many
// tables as the width asks for.
std::string faithfulness(const Evaluation& evaluation, const TerminalStyle& style) {
  constexpr std::size_t kWidest = 110;
  const std::vector<MethodRow> methods = method_rows(evaluation);
  std::vector<Row> rows = {
      {"method", measure_heading(*methods.front().measures.front()), "95% interval", "p", "ms/text", "passes/text"}};
  for (const MethodRow& method : methods) {
    const FaithfulnessRow& row = *method.measures.front();
    rows.push_back({method.method, fixed(row.value, 3), interval(row.interval),
                    is_best(row, evaluation.faithfulness.rows) ? "best" : p_text(row.p_value),
                    fixed(1000 * row.seconds_per_text, 1), fixed(row.forward_equivalents, 1)});
  }
  std::string out = table(rows, style);
  const std::size_t columns = methods.front().measures.size();
  for (std::size_t first = 1; first < columns;) {
    rows.assign(1, {"method"});
    for (const MethodRow& method : methods) rows.push_back({method.method});
    const std::size_t begin = first;
    std::size_t width = kLongestName;
    for (; first < columns; ++first) {
      const std::string heading = measure_heading(*methods.front().measures[first]);
      width += heading.size();
      if (first > begin && width > kWidest) break;
      rows.front().push_back(heading);
      for (std::size_t m = 0; m < methods.size(); ++m) {
        const FaithfulnessRow& row = *methods[m].measures[first];
        rows[m + 1].push_back(fixed(row.value, 3) + (is_best(row, evaluation.faithfulness.rows) ? "*" : " "));
      }
    }
    out += "\n" + table(rows, style);
  }
  out += "  " + grouped(methods.front().measures.front()->n) + " texts; unit " + evaluation.unit + ", removal " +
         evaluation.removal + ", bins " + evaluation.bins + ", explained in " + evaluation.explain_precision +
         "; sorted by " + evaluation.sort_by + "; p: paired, Holm-corrected\n";
  return columns > 1 ? out + "  ↑ higher is better, ↓ lower; * the best of its measure\n" : out;
}

std::string quality(const Evaluation& evaluation, const TerminalStyle& style) {
  const QualityStudy& study = *evaluation.quality;
  std::vector<Row> rows = {{"explanation", "texts", "predicted wrongly", "share", "95% interval"}};
  for (const VerdictRow& row : study.verdicts) {
    rows.push_back({std::string(name_of(row.verdict)), grouped(row.n), grouped(row.wrong),
                    row.n == 0 ? "–" : percent(row.error_rate), row.n == 0 ? "" : percent_interval(row.interval)});
  }
  std::string out = table(rows, style) + "  " + study.method + "; unit " + evaluation.unit + ", removal " +
                    evaluation.removal + "; ok against the rest: p " + p_text(study.p_value) +
                    " (Fisher's exact test)\n\n";
  if (study.warnings.empty()) return out;
  rows = {{"warns of wrong predictions", "AUROC", "95% interval"}};
  for (const WarningRow& row : study.warnings)
    rows.push_back({row.quantity, fixed(row.auroc, 3), interval(row.interval)});
  return out + table(rows, style) + "  0.5: not at all, 1: lower for every wrong prediction than for any right one\n";
}

std::string stability(const Evaluation& evaluation, const TerminalStyle& style) {
  std::vector<Row> rows = {{"change", "method", "texts", "Spearman", "95% interval", "Kendall",
                            "top " + std::to_string(kTopUnits) + " shared", "95% interval", "class changed"}};
  for (const StabilityRow& row : evaluation.stability) {
    rows.push_back({row.change, row.method, grouped(row.n), fixed(row.spearman, 3), interval(row.spearman_interval),
                    fixed(row.kendall, 3), fixed(row.top_overlap, 3), interval(row.top_overlap_interval),
                    percent(row.predictions_changed)});
  }
  return table(rows, style) + "  unit word, removal " + evaluation.removal + "\n";
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
  if (!evaluation.faithfulness.rows.empty()) out.append("\n").append(faithfulness(evaluation, style));
  if (evaluation.quality) out.append("\n").append(quality(evaluation, style));
  if (!evaluation.stability.empty()) out.append("\n").append(stability(evaluation, style));
  return out;
}

}  // namespace pellucid
