#include "report/studies_html.h"

#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

void write_warnings(Markup& page, const std::vector<WarningRow>& warnings) {
  start_table(page, "c-warnings", "results", "How well a low value warns of a wrong prediction");
  write_columns(page, {"quantity", "AUROC"}, 1);
  page.open("tbody");
  for (const WarningRow& row : warnings) {
    page.open("tr").element("th", {{"scope", "row"}}, row.quantity);
    write_value(page, fixed(row.auroc, 3), row.interval, 3);
    page.close();
  }
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}},
               "0.5: not at all; 1: lower for every wrong prediction than for any right one. Confidence, which costs "
               "nothing, is what the others must be compared with.");
}

}  // namespace

void write_quality_study(Markup& page, const QualityStudy& study) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-quality"}});
  page.element("h2", {{"id", "h-quality"}}, "What the verdict on an explanation means");
  start_table(page, "c-verdicts", "results",
              "Wrong predictions by the verdict on their explanation (" + study.method + ")");
  write_columns(page, {"verdict", "texts", "predicted wrongly", "share"}, 1);
  page.open("tbody");
  for (const VerdictRow& row : study.verdicts) {
    page.open("tr").element("th", {{"scope", "row"}}, name_of(row.verdict));
    write_number(page, grouped(row.n));
    write_number(page, grouped(row.wrong));
    if (row.n == 0) {
      write_number(page, "–");
    } else {
      write_share(page, row.error_rate, row.interval);
    }
    page.close();
  }
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}},
               "Intervals: Wilson, 95%. Ok against the rest: p " + p_text(study.p_value) + ", Fisher's exact test.");
  if (!study.warnings.empty()) write_warnings(page, study.warnings);
  page.close();
}

void write_stability(Markup& page, const std::vector<StabilityRow>& rows) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-stability"}});
  page.element("h2", {{"id", "h-stability"}}, "Stability of explanations");
  start_table(page, "c-stability", "results", "Scores before and after each change; mean and 95% interval");
  write_columns(page,
                {"change", "method", "texts", "Spearman", "Kendall", "top " + std::to_string(kTopUnits) + " shared",
                 "class changed"},
                2);
  page.open("tbody");
  for (const StabilityRow& row : rows) {
    page.open("tr").element("th", {{"scope", "row"}}, row.change).element("td", row.method);
    write_number(page, grouped(row.n));
    write_value(page, fixed(row.spearman, 3), row.spearman_interval, 3);
    write_value(page, fixed(row.kendall, 3), row.kendall_interval, 3);
    write_value(page, fixed(row.top_overlap, 3), row.top_overlap_interval, 3);
    write_share(page, row.predictions_changed, row.changed_interval);
    page.close();
  }
  page.close();
  end_table(page);
  page.element(
      "p", {{"class", "note"}},
      "alone: each text by itself against all together; threads: one against two; bf16 or fp32: the other "
      "number format; typos: inner letters swapped in a third of the words outside the five strongest; synonyms: "
      "words replaced from a short list. Where the text changes, the random control is what chance gives.");
  page.close();
}

}  // namespace pellucid
