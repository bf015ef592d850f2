// The evaluation of a model as one page, with some explanations below.
#include <algorithm>

#include "report/evaluation.h"
#include "report/faithfulness_html.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/studies_html.h"

namespace pellucid {
namespace {

constexpr std::size_t kHorizontalNames = 6;  // columns of the confusion matrix whose names stand upright beyond

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
  write_tile(page, "NLL", fixed(m.negative_log_likelihood, 3), "negative log-likelihood, mean, nats");
  write_tile(page, "ECE", fixed(m.expected_calibration_error, 3), "expected calibration error, 15 bins");
  write_tile(page, "Brier score", fixed(m.brier, 3), "0 best, 2 worst");
  page.close();
}

// 0 that stands for an undefined value says so.
void write_share(Markup& page, double value, bool undefined, const char* why) {
  page.open("td", {{"class", "n"}}).text(fixed(value, 3) + (undefined ? " " : ""));
  if (undefined) page.element("abbr", {{"title", why}}, "undefined");
  page.close();
}

void write_average(Markup& page, const char* name, const Average& average, std::size_t n) {
  page.open("tr").element("th", {{"scope", "row"}}, name);
  for (const double value : {average.precision, average.recall, average.f1}) {
    page.element("td", {{"class", "n"}}, fixed(value, 3));
  }
  page.element("td", {{"class", "n"}}, grouped(n)).close();
}

void write_classes(Markup& page, const Evaluation& evaluation) {
  const ClassificationMetrics& m = evaluation.classification;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-classes"}});
  page.element("h2", {{"id", "h-classes"}}, "Classes");
  start_table(page, "c-classes", "results", "Precision, recall and F1 of each class");
  write_columns(page, {"class", "precision", "recall", "F1", "texts"}, 1);
  page.open("tbody");
  bool undefined = false;
  for (std::size_t c = 0; c < m.classes.size(); ++c) {
    const ClassMetrics& one = m.classes[c];
    page.open("tr").element("th", {{"scope", "row"}}, evaluation.classes[c]);
    write_share(page, one.precision, one.precision_undefined, "no text was predicted to be of this class");
    write_share(page, one.recall, one.recall_undefined, "no text is labelled with this class");
    write_share(page, one.f1, one.precision_undefined && one.recall_undefined, "neither labelled nor predicted");
    page.element("td", {{"class", "n"}}, grouped(one.support)).close();
    undefined = undefined || one.precision_undefined || one.recall_undefined;
  }
  page.close().open("tfoot");
  write_average(page, "macro average", m.macro, m.n);
  write_average(page, "weighted average", m.weighted, m.n);
  page.close();
  end_table(page);
  if (undefined) {
    page.element(
        "p", {{"class", "note"}},
        "Undefined: precision of a class that was never predicted, recall of a class without texts. Both count "
        "as 0 in the averages.");
  }
  page.close();
}

void write_confusion(Markup& page, const Evaluation& evaluation) {
  const auto& confusion = evaluation.classification.confusion;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-confusion"}});
  page.element("h2", {{"id", "h-confusion"}}, "Confusion matrix");
  start_table(page, "c-confusion", confusion.size() > kHorizontalNames ? "confusion many" : "confusion",
              "Rows: label; columns: prediction");
  page.open("thead").open("tr").element("td", "");
  for (const std::string& name : evaluation.classes) page.element("th", {{"scope", "col"}}, name);
  page.close().close().open("tbody");
  for (std::size_t gold = 0; gold < confusion.size(); ++gold) {
    const std::size_t texts = evaluation.classification.classes[gold].support;
    page.open("tr").element("th", {{"scope", "row"}}, evaluation.classes[gold]);
    for (std::size_t predicted = 0; predicted < confusion.size(); ++predicted) {
      const std::size_t count = confusion[gold][predicted];
      const double share = texts == 0 ? 0 : static_cast<double>(count) / static_cast<double>(texts);
      page.element("td",
                   {{"class", std::string(gold == predicted ? "right" : "wrong") + (count == 0 ? " none" : "")},
                    {"style", "--s:" + fixed(share, 2)},
                    {"title", percent(share) + " of " + evaluation.classes[gold]}},
                   grouped(count));
    }
    page.close();
  }
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}}, "Shade: share of the row. On the diagonal, in bold, what is right.");
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
                     {"pellucid", e.version},
                     {"data, SHA-256", e.data_sha256},
                     {"model, SHA-256", e.weights_sha256}});
}

}  // namespace

std::string to_html(const Evaluation& evaluation, std::span<const Explanation> explanations, const std::string& title) {
  Markup page = start_page(title);
  write_facts_of(page, evaluation);
  write_tiles(page, evaluation);
  page.open("div", {{"class", "pair"}});
  write_classes(page, evaluation);
  write_confusion(page, evaluation);
  page.close();
  if (!evaluation.faithfulness.rows.empty()) write_faithfulness(page, evaluation);
  if (evaluation.quality) write_quality_study(page, *evaluation.quality);
  if (!evaluation.stability.empty()) write_stability(page, evaluation.stability);
  if (!explanations.empty()) {
    page.element("h2", {{"class", "part"}}, "Explanations");
    write_explanations(page, explanations);
  }
  return page.finish();
}

}  // namespace pellucid
