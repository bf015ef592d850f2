// The evaluation of a model as one page, with some explanations below.
#include <algorithm>

#include "report/classification_html.h"
#include "report/evaluation.h"
#include "report/faithfulness_html.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/studies_html.h"
#include "report/tool.h"

namespace pellucid {
namespace {

void write_tile(Markup& page, const std::string& name, const std::string& value, const std::string& note) {
  page.open("div").element("dt", name).element("dd", value);
  page.element("dd", {{"class", "note"}}, note).close();
}

void write_tiles(Markup& page, const Evaluation& evaluation) {
  const ClassificationMetrics& m = evaluation.classification;
  const auto interval = [](const Interval& i) { return "95% interval " + fixed(i.low, 3) + " to " + fixed(i.high, 3); };
  page.open("dl", {{"class", "tiles"}});
  write_tile(page, "Accuracy", fixed(m.accuracy, 3), interval(evaluation.accuracy_interval));
  write_tile(page, "Macro-F1", fixed(m.macro.f1, 3), interval(evaluation.macro_f1_interval));
  write_tile(
      page, "NLL", fixed(m.negative_log_likelihood, 3),
      "negative log-likelihood, nats, lower is better; " + interval(evaluation.negative_log_likelihood_interval));
  write_tile(page, "ECE", fixed(m.expected_calibration_error, 3),
             "expected calibration error, 15 bins, lower is better");
  write_tile(page, "Brier score", fixed(m.brier, 3), "0 best, 2 worst; " + interval(evaluation.brier_interval));
  page.close();
}

void write_facts_of(Markup& page, const Evaluation& e) {
  std::string texts = grouped(e.n);
  if (e.truncated_texts > 0) {
    texts += ", " + grouped(e.truncated_texts) + " cut (" + grouped(e.dropped_pieces) + " pieces not read)";
  }
  write_facts(page, {{"data", e.data_file},
                     {"texts", texts},
                     {"precision", e.precision},
                     {"seed", std::to_string(e.seed)},
                     {"seconds", fixed(e.seconds, 1)},
                     {"pellucid", text_of(e.tool)},
                     {"command", e.tool.command},
                     {"data, SHA-256", e.data_sha256},
                     {"model, SHA-256", e.weights_sha256}});
}

void write_evaluation(Markup& page, const Evaluation& evaluation) {
  write_facts_of(page, evaluation);
  write_tiles(page, evaluation);
  page.open("div", {{"class", "pair"}});
  write_classes(page, evaluation.classification, evaluation.classes, "Classes", "classes");
  write_confusion(page, evaluation.classification, evaluation.classes, "Confusion matrix", "confusion");
  page.close();
  if (!evaluation.faithfulness.rows.empty()) write_faithfulness(page, evaluation);
  if (evaluation.quality) write_quality_study(page, *evaluation.quality);
  if (!evaluation.stability.empty()) write_stability(page, evaluation.stability);
}

}  // namespace

std::string to_html(const Evaluation& evaluation, std::span<const Explanation> explanations, const std::string& title) {
  Markup page = start_page(title);
  write_evaluation(page, evaluation);
  if (!explanations.empty()) {
    page.element("h2", {{"class", "part"}}, "Explanations");
    write_explanations(page, explanations);
  }
  return page.finish();
}

std::string to_fragment(const Evaluation& evaluation, const std::string& name) {
  Markup page = start_fragment(name);
  write_evaluation(page, evaluation);
  return page.finish();
}

}  // namespace pellucid
