// What changed between two releases, as one page.
#include <algorithm>

#include "report/classification_html.h"
#include "report/diff_parts.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/tool.h"

namespace pellucid {
namespace {

void write_tiles(Markup& page, const DiffReport& report) {
  const Diff& diff = report.diff;
  page.open("dl", {{"class", "tiles"}});
  write_tile(page, "labels", "Another label", grouped(diff.labels.changed),
             percent(diff.labels.share) + " of " + grouped(diff.labels.n) + " texts");
  if (diff.gold) {
    write_tile(page, "gold", "Fixed", grouped(diff.gold->fixed), "A wrong, B right");
    write_tile(page, "gold", "Broken", grouped(diff.gold->broken), "A right, B wrong");
    write_tile(page, "gold", "Accuracy", with_minus_sign(with_sign(diff.gold->accuracy.value, 3)),
               "A " + fixed(diff.gold->a.accuracy, 3) + ", B " + fixed(diff.gold->b.accuracy, 3));
  }
  const Agreement& between = diff.drift.between;
  const auto& itself = diff.drift.itself;
  write_tile(page, "drift", "Rank correlation",
             between.correlation.n == 0 ? "–" : with_minus_sign(fixed(between.correlation.mean, 2)),
             itself ? "A with itself " + with_minus_sign(fixed(itself->correlation.mean, 2))
                    : std::string("of explanations of the same label"));
  write_tile(page, "drift", "Top " + grouped(report.options.top) + " shared",
             between.overlap.n == 0 ? "–" : percent(between.overlap.mean),
             "by chance " + percent(between.chance_overlap));
  page.close();
}

std::string cut(const DiffedModel& model, const char* name) {
  return model.truncated_texts == 0 ? std::string() : "; " + grouped(model.truncated_texts) + " cut by " + name;
}

void write_facts_of(Markup& page, const DiffReport& report) {
  const std::size_t n = report.diff.texts.size();
  write_facts(page, {{"A", report.a.folder},
                     {"B", report.b.folder},
                     {"texts", grouped(n) + cut(report.a, "A") + cut(report.b, "B")},
                     {"explained", grouped(report.diff.drift.texts) + " that both label alike"},
                     {"method", std::string(report.options.method->name)},
                     {"removal", std::string(name_of(report.options.method_options.removal))},
                     {"precision", report.precision},
                     {"seed", std::to_string(report.options.method_options.seed)},
                     {"seconds", fixed(report.seconds, 1)},
                     {"pellucid", text_of(report.tool)},
                     {"command", report.tool.command},
                     {"data, SHA-256", report.data_sha256},
                     {"A, SHA-256", report.a.weights_sha256},
                     {"B, SHA-256", report.b.weights_sha256}});
}

void write_metric(Markup& page, const char* name, const GoldChanges& gold, double ClassificationMetrics::* member,
                  const Change& change) {
  page.open("tr").element("th", {{"scope", "row"}}, name);
  write_number(page, fixed(gold.a.*member, 3));
  write_number(page, fixed(gold.b.*member, 3));
  write_value(page, with_sign(change.value, 3), change.interval, 3);
  page.close();
}

}  // namespace

void write_gate(Markup& page, const DiffReport& report) {
  if (report.gate.empty()) return;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-gate"}});
  page.element("h2", {{"id", "h-gate"}}, "Gate");
  start_table(page, "c-gate", "results", "Limits that were asked for");
  write_columns(page, {"limit", "", "at most, at least", "found", "texts"}, 2);
  page.open("tbody");
  for (const GateCheck& check : report.gate) {
    page.open("tr").open("th", {{"scope", "row"}}).text(check.option);
    page.element("small", check.what).close();
    page.element("td", {{"class", check.kept() ? "gold right" : "gold wrong"}}, check.kept() ? "✓ kept" : "✗ crossed");
    const int decimals = decimals_of(check);
    write_number(page, (check.at_most ? "≤ " : "≥ ") + fixed(check.limit, decimals));
    write_number(page, check.found ? fixed(*check.found, decimals) : "–");
    write_number(page, grouped(check.n));
    page.close();
  }
  page.close();
  end_table(page);
  page.close();
}

void write_label_changes(Markup& page, const DiffReport& report) {
  const LabelChanges& changes = report.diff.labels;
  const Summary& shift = changes.probability;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-labels"}});
  page.element("h2", {{"id", "h-labels"}}, "Labels");
  page.element("p", grouped(changes.changed) + " of " + counted(changes.n, "text has", "texts have") +
                        " another label: " + percent(changes.share) + ", 95% interval " +
                        percent(changes.interval.low) + " to " + percent(changes.interval.high) + ".");
  write_counts(page, changes.table, report.classes, "labels", "Rows: label by A; columns: label by B");
  page.element("p", {{"class", "note"}}, "Shade: share of the row. On the diagonal, in bold, what did not change.");
  page.element("p", {{"class", "note"}},
               with_minus_sign("The probability of A's label changes by " + with_sign(shift.mean, 3) + " on average (" +
                               fixed(shift.interval.low, 3) + " to " + fixed(shift.interval.high, 3) +
                               "); in one text of twenty by " + with_sign(shift.quantiles.front(), 3) +
                               " or less, in one of two by " + with_sign(shift.quantiles[2], 3) +
                               " or less, in one of twenty by " + with_sign(shift.quantiles.back(), 3) + " or more."));
  page.close();
}

void write_gold_changes(Markup& page, const DiffReport& report) {
  if (!report.diff.gold) return;
  const GoldChanges& gold = *report.diff.gold;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-gold"}});
  page.element("h2", {{"id", "h-gold"}}, "Against the labels");
  page.element("p", "Of " + counted(gold.n, "labelled text", "labelled texts") + " B has " + grouped(gold.fixed) +
                        " right that A had wrong (fixed, " + percent(gold.fixed_share) + "), and " +
                        grouped(gold.broken) + " wrong that A had right (broken, " + percent(gold.broken_share) +
                        ", 95% interval " + percent(gold.broken_interval.low) + " to " +
                        percent(gold.broken_interval.high) + "). As unequal by chance: p " + p_text(gold.p_value) +
                        ", McNemar's exact test. Both right: " + grouped(gold.both_right) +
                        ", both wrong: " + grouped(gold.both_wrong) + ".");
  start_table(page, "c-gold", "results", "Accuracy is better where it is higher, the others where they are lower");
  write_columns(page, {"", "A", "B", "B − A"}, 1);
  page.open("tbody");
  page.open("tr").element("th", {{"scope", "row"}}, "accuracy");
  write_value(page, fixed(gold.a.accuracy, 3), gold.accuracy_a, 3);
  write_value(page, fixed(gold.b.accuracy, 3), gold.accuracy_b, 3);
  write_value(page, with_sign(gold.accuracy.value, 3), gold.accuracy.interval, 3);
  page.close();
  write_metric(page, "negative log-likelihood", gold, &ClassificationMetrics::negative_log_likelihood,
               gold.negative_log_likelihood);
  write_metric(page, "expected calibration error", gold, &ClassificationMetrics::expected_calibration_error,
               gold.expected_calibration_error);
  write_metric(page, "Brier score", gold, &ClassificationMetrics::brier, gold.brier);
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}},
               "Below each figure its 95% interval: bootstrap over texts, for the difference with both models on the "
               "same texts.");
  page.close();
}

std::string to_html(const DiffReport& report, const std::string& title) {
  Markup page = start_page(title);
  write_facts_of(page, report);
  write_tiles(page, report);
  if (!report.diff.gold) {
    page.element("p", {{"class", "note lead"}},
                 "The texts have no labels: what was fixed, what was broken, accuracy and calibration are left out.");
  }
  write_gate(page, report);
  write_label_changes(page, report);
  write_gold_changes(page, report);
  write_drift(page, report);
  write_moved_words(page, report);
  write_changed_texts(page, report);
  write_unlike_texts(page, report);
  return page.finish();
}

}  // namespace pellucid
