#include "report/faithfulness_html.h"

#include <algorithm>

#include "report/faithfulness_table.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

std::string number(double value) {
  return with_minus_sign(fixed(value, 3));
}

// The axis that the differences of all methods are drawn on; 0 is always on it.
struct Axis {
  double low = 0, high = 0;
  std::string at(double value) const { return fixed(high > low ? (value - low) / (high - low) : 0, 3); }
};

Axis axis_of(const Evaluation& evaluation) {
  Axis axis;
  for (const FaithfulnessRow& row : evaluation.faithfulness) {
    if (row.measure != "difference") continue;
    axis.low = std::min({axis.low, row.interval.low, row.value});
    axis.high = std::max({axis.high, row.interval.high, row.value});
  }
  const double margin = 0.03 * (axis.high - axis.low);
  return {axis.low - margin, axis.high + margin};
}

void write_range(Markup& page, const Axis& axis, const FaithfulnessRow& row) {
  page.open("td", {{"aria-hidden", "true"}}).open("span", {{"class", "range"}});
  page.element("i", {{"class", "zero"}, {"style", "--z:" + axis.at(0)}}, "");
  page.element(
      "i", {{"class", "line"}, {"style", "--a:" + axis.at(row.interval.low) + ";--b:" + axis.at(row.interval.high)}},
      "");
  page.element("i", {{"class", "dot"}, {"style", "--v:" + axis.at(row.value)}}, "").close().close();
}

void write_measure(Markup& page, const Evaluation& evaluation, const FaithfulnessRow& row) {
  const bool best = is_best(row, evaluation.faithfulness);
  page.open("td", {{"class", best ? "n best" : "n"}}).text(number(row.value));
  page.element("small", number(row.interval.low) + " to " + number(row.interval.high));
  page.element("small", best ? "best" : "p " + p_text(row.p_value)).close();
}

}  // namespace

void write_faithfulness(Markup& page, const Evaluation& evaluation) {
  const std::vector<MethodRow> rows = method_rows(evaluation.faithfulness);
  const Axis axis = axis_of(evaluation);
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-faithfulness"}});
  page.element("h2", {{"id", "h-faithfulness"}}, "Faithfulness of explanations");
  start_table(page, "c-faithfulness", "results",
              grouped(rows.front().any->n) + " texts; unit " + evaluation.unit + ", removal " + evaluation.removal +
                  ", bins " + evaluation.bins + ". Mean, 95% interval, p against the best.");
  write_columns(page,
                {"method", "difference", "", "comprehensiveness ↑", "sufficiency ↓", "ms a text", "passes a text"}, 1);
  page.open("tbody");
  for (const MethodRow& row : rows) {
    page.open("tr").element("th", {{"scope", "row"}}, row.method);
    for (const char* measure : {"difference", "comprehensiveness", "sufficiency"}) {
      const auto found = row.measures.find(measure);
      const bool drawn = std::string_view(measure) == "difference";
      if (found == row.measures.end()) {
        page.element("td", {{"class", "n"}}, "–");
        if (drawn) page.element("td", "");
        continue;
      }
      write_measure(page, evaluation, *found->second);
      if (drawn) write_range(page, axis, *found->second);
    }
    page.element("td", {{"class", "n"}}, fixed(1000 * row.any->seconds_per_text, 1));
    page.element("td", {{"class", "n"}}, fixed(row.any->forward_equivalents, 1)).close();
  }
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}},
               "Comprehensiveness: how far the probability of the predicted class falls when the top-ranked units are "
               "removed; higher is better. Sufficiency: how far it falls when only they are kept; lower is better. "
               "Difference: comprehensiveness − sufficiency; a random order has about 0.");
  page.element("p", {{"class", "note"}},
               "Intervals: bootstrap over texts. p: paired sign-flip test, Holm-corrected. Cost: of explaining, a "
               "backward pass counted as one forward.");
  page.close();
}

}  // namespace pellucid
