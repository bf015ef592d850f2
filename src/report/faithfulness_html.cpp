#include "report/faithfulness_html.h"

#include <algorithm>

#include "evaluate/measure.h"
#include "report/curves_html.h"
#include "report/faithfulness_table.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

std::string number(double value) {
  return with_minus_sign(fixed(value, 3));
}

// The axis that the sorted column of all methods is drawn on; 0 is always on it.
struct Axis {
  double low = 0, high = 0;
  std::string at(double value) const { return fixed(high > low ? (value - low) / (high - low) : 0, 3); }
};

Axis axis_of(const std::vector<MethodRow>& rows) {
  Axis axis;
  for (const MethodRow& method : rows) {
    const FaithfulnessRow& row = *method.measures.front();
    axis.low = std::min({axis.low, row.interval.low, row.value});
    axis.high = std::max({axis.high, row.interval.high, row.value});
  }
  const double margin = 0.03 * (axis.high - axis.low);
  return {axis.low - margin, axis.high + margin};
}

// `random`: the value of the random order, where a line stands.
void write_range(Markup& page, const Axis& axis, const FaithfulnessRow& row, double random) {
  page.open("td", {{"aria-hidden", "true"}}).open("span", {{"class", "range"}});
  page.element("i", {{"class", "zero"}, {"style", "--z:" + axis.at(random)}}, "");
  page.element(
      "i", {{"class", "line"}, {"style", "--a:" + axis.at(row.interval.low) + ";--b:" + axis.at(row.interval.high)}},
      "");
  page.element("i", {{"class", "dot"}, {"style", "--v:" + axis.at(row.value)}}, "").close().close();
}

void write_measure(Markup& page, const Evaluation& evaluation, const FaithfulnessRow& row) {
  const bool best = is_best(row, evaluation.faithfulness.rows);
  page.open("td", {{"class", best ? "n best" : "n"}}).text(number(row.value));
  page.element("small", number(row.interval.low) + " to " + number(row.interval.high));
  page.element("small", best ? "best" : "p " + p_text(row.p_value)).close();
}

// What a measure is the mean of: parameter randomisation, stage by stage.
void write_parts(Markup& page, const std::vector<MethodRow>& rows) {
  for (std::size_t m = 0; m < rows.front().measures.size(); ++m) {
    const FaithfulnessRow& first = *rows.front().measures[m];
    if (first.parts.empty()) continue;
    page.open("details").element("summary", first.measure + ", part by part");
    start_table(page, "c-parts-" + first.measure, "results", measure_heading(first) + ": mean and 95% interval");
    std::vector<std::string> columns = {"method"};
    for (const FaithfulnessPart& part : first.parts) columns.push_back(part.name);
    write_columns(page, columns, 1);
    page.open("tbody");
    for (const MethodRow& method : rows) {
      page.open("tr").element("th", {{"scope", "row"}}, method.method);
      for (const FaithfulnessPart& part : method.measures[m]->parts) {
        page.open("td", {{"class", "n"}}).text(number(part.value));
        page.element("small", number(part.interval.low) + " to " + number(part.interval.high)).close();
      }
      page.close();
    }
    page.close();
    end_table(page);
    page.close();
  }
}

void write_meanings(Markup& page, const std::vector<MethodRow>& rows) {
  page.open("details").element("summary", "What the measures mean");
  page.open("dl", {{"class", "meanings"}});
  for (const FaithfulnessRow* row : rows.front().measures) {
    const auto found = std::ranges::find(measures(), row->measure, &Measure::name);
    if (found == measures().end()) continue;
    page.element("dt", measure_heading(*row));
    std::string meaning(found->summary);
    if (!found->source.empty()) meaning += " (" + std::string(found->source) + ")";
    page.element("dd", meaning);
  }
  page.close().close();
}

}  // namespace

void write_faithfulness(Markup& page, const Evaluation& evaluation) {
  const std::vector<MethodRow> rows = method_rows(evaluation);
  const Axis axis = axis_of(rows);
  const auto control = std::ranges::find(rows, kControlMethod, &MethodRow::method);
  const double random = control == rows.end() ? 0 : control->measures.front()->value;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-faithfulness"}});
  page.element("h2", {{"id", "h-faithfulness"}}, "Faithfulness of explanations");
  start_table(page, "c-faithfulness", "results",
              grouped(rows.front().measures.front()->n) + " texts; unit " + evaluation.unit + ", removal " +
                  evaluation.removal + ", bins " + evaluation.bins + ", explained in " + evaluation.explain_precision +
                  ". Mean, 95% interval, p against the best.");
  std::vector<std::string> columns = {"method"};
  for (const FaithfulnessRow* row : rows.front().measures) {
    columns.push_back(measure_heading(*row));
    if (columns.size() == 2) columns.emplace_back("");
  }
  columns.emplace_back("ms a text");
  columns.emplace_back("passes a text");
  write_columns(page, columns, 1);
  page.open("tbody");
  for (const MethodRow& method : rows) {
    page.open("tr").element("th", {{"scope", "row"}}, method.method);
    for (const FaithfulnessRow* row : method.measures) {
      write_measure(page, evaluation, *row);
      if (row == method.measures.front()) write_range(page, axis, *row, random);
    }
    page.element("td", {{"class", "n"}}, fixed(1000 * method.measures.front()->seconds_per_text, 1));
    page.element("td", {{"class", "n"}}, fixed(method.measures.front()->forward_equivalents, 1)).close();
  }
  page.close();
  end_table(page);
  page.element(
      "p", {{"class", "note"}},
      "Sorted by " + evaluation.sort_by +
          ". ↑: higher is better, ↓: lower is better; the line is the random order's value. Intervals: bootstrap "
          "over texts. p: paired sign-flip test, Holm-corrected. Cost: of explaining, a backward pass counted "
          "as one forward.");
  write_meanings(page, rows);
  write_parts(page, rows);
  page.close();
  write_curves(page, evaluation);
}

}  // namespace pellucid
