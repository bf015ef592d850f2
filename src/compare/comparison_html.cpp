// A comparison as one page: systems side by side, then each on its own.
#include <algorithm>

#include "compare/comparison.h"
#include "compare/figure_html.h"
#include "compare/table.h"
#include "report/classification_html.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid::compare {
namespace {

// The axis that the intervals of a column are drawn on.
struct Axis {
  double low = 0, high = 0;
  std::string at(double value) const { return fixed(high > low ? (value - low) / (high - low) : 0, 3); }
};

template <class Get>
Axis axis_of(const std::vector<ComparedSystem>& systems, const Get& get) {
  const Figure& first = get(systems.front());
  Axis axis{first.interval.low, first.interval.high};
  for (const ComparedSystem& one : systems) {
    axis.low = std::min(axis.low, get(one).interval.low);
    axis.high = std::max(axis.high, get(one).interval.high);
  }
  const double margin = 0.05 * (axis.high - axis.low);
  return {axis.low - margin, axis.high + margin};
}

void write_range(Markup& page, const Axis& axis, const Figure& figure) {
  page.open("td", {{"aria-hidden", "true"}}).open("span", {{"class", "range"}});
  page.element(
      "i",
      {{"class", "line"}, {"style", "--a:" + axis.at(figure.interval.low) + ";--b:" + axis.at(figure.interval.high)}},
      "");
  page.element("i", {{"class", "dot"}, {"style", "--v:" + axis.at(figure.value)}}, "").close().close();
}

template <class Get>
double largest(const std::vector<ComparedSystem>& systems, const Get& get) {
  double best = get(systems.front()).value;
  for (const ComparedSystem& one : systems) best = std::max(best, get(one).value);
  return best;
}

void write_labels(Markup& page, const Comparison& comparison) {
  const auto& systems = comparison.systems;
  const auto accuracy = [](const ComparedSystem& one) -> const Figure& { return one.accuracy; };
  const Axis axis = axis_of(systems, accuracy);
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-labels"}});
  page.element("h2", {{"id", "h-labels"}}, "Labels");
  start_table(
      page, "c-labels", "results",
      grouped(comparison.test_texts) + " test texts; mean over seeds, 95% interval over texts, spread over seeds");
  write_columns(page, {"system", "accuracy", "", "precision", "recall", "F1", "NLL", "ECE"}, 1);
  page.open("tbody");
  for (const ComparedSystem& one : systems) {
    page.open("tr").element("th", {{"scope", "row"}}, one.name);
    write_figure(page, one.accuracy, true, one.accuracy.value == largest(systems, accuracy));
    write_range(page, axis, one.accuracy);
    for (const Figure* figure : {&one.precision, &one.recall, &one.f1}) write_figure(page, *figure, false, false);
    write_number(page, fixed(one.negative_log_likelihood, 3));
    write_number(page, fixed(one.expected_calibration_error, 3));
    page.close();
  }
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}},
               "Precision, recall, F1: macro averages. NLL: negative log-likelihood, ECE: expected calibration error.");
  page.close();
}

void write_explanations_of(Markup& page, const Comparison& comparison) {
  const auto& systems = comparison.systems;
  const auto difference = [](const ComparedSystem& one) -> const Figure& { return one.faithfulness->difference; };
  const Axis axis = axis_of(systems, difference);
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-explanations"}});
  page.element("h2", {{"id", "h-explanations"}}, "Explanations");
  start_table(page, "c-explanations", "results",
              "Comprehensiveness − sufficiency on " + grouped(comparison.explained_texts) + " test texts; unit " +
                  comparison.unit + ", removal " + comparison.removal + ", bins " + comparison.bins);
  write_columns(page, {"system", "explained by", "comp. − suff.", "", "random order", "passes a text", "ms a text"}, 2);
  page.open("tbody");
  for (const ComparedSystem& one : systems) {
    const ComparedFaithfulness& found = *one.faithfulness;
    page.open("tr").element("th", {{"scope", "row"}}, one.name).element("td", found.method);
    write_figure(page, found.difference, true, found.difference.value == largest(systems, difference));
    write_range(page, axis, found.difference);
    write_number(page, fixed(found.random, 3));
    write_number(page, fixed(found.forward_equivalents, 1));
    write_number(page, fixed(1000 * found.seconds_per_text, 1));
    page.close();
  }
  page.close();
  end_table(page);
  page.close();
}

void write_costs(Markup& page, const Comparison& comparison) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-costs"}});
  page.element("h2", {{"id", "h-costs"}}, "Cost");
  start_table(page, "c-costs", "results", "Mean over seeds");
  write_columns(
      page, {"system", "parameters", "settings tried", "training", "tokens a second", "texts predicted a second"}, 1);
  page.open("tbody");
  for (const ComparedSystem& one : comparison.systems) {
    page.open("tr").element("th", {{"scope", "row"}}, one.name);
    write_number(page, millions(one.parameters));
    write_number(page, std::to_string(std::max<std::size_t>(1, one.tried.size())));
    write_number(page, duration_text(one.training_seconds));
    write_number(page, grouped(static_cast<std::size_t>(one.tokens_per_second)));
    write_number(page, grouped(static_cast<std::size_t>(one.texts_per_second)));
    page.close();
  }
  page.close();
  end_table(page);
  page.close();
}

void write_tried(Markup& page, const ComparedSystem& one, const std::string& id) {
  page.open("details").element("summary", "What was tried on the validation texts");
  if (!one.tried.empty()) {
    start_table(page, "c-settings-" + id, "results", "Settings, with the first seed");
    write_columns(page, {"setting", "validation macro-F1"}, 1);
    page.open("tbody");
    for (const TriedSetting& setting : one.tried) {
      page.open("tr").element("th", {{"scope", "row"}}, setting.setting + (setting.chosen ? " (chosen)" : ""));
      write_number(page, fixed(setting.macro_f1, 4));
      page.close();
    }
    page.close();
    end_table(page);
  }
  if (one.faithfulness && !one.faithfulness->tried.empty()) {
    start_table(page, "c-methods-" + id, "results", "Explaining methods, with the first seed");
    write_columns(page, {"method", "comp. − suff."}, 1);
    page.open("tbody");
    for (const TriedMethod& method : one.faithfulness->tried) {
      page.open("tr").element("th", {{"scope", "row"}}, method.method);
      write_number(page, fixed(method.value, 3));
      page.close();
    }
    page.close();
    end_table(page);
  }
  page.close();
}

void write_cells(Markup& page, const ComparedSystem& one, const std::string& id) {
  start_table(page, "c-cells-" + id, "results", "Each seed");
  write_columns(page, {"seed", "accuracy", "F1", "validation F1", "steps", "training", "model folder"}, 1);
  page.open("tbody");
  for (const ComparedCell& cell : one.cells) {
    page.open("tr").element("th", {{"scope", "row"}}, std::to_string(cell.seed));
    write_number(page, fixed(cell.accuracy, 4));
    write_number(page, fixed(cell.macro_f1, 4));
    write_number(page, fixed(cell.validation_macro_f1, 4));
    write_number(page, grouped(static_cast<std::size_t>(cell.steps)) + (cell.stopped_early ? ", stopped early" : ""));
    write_number(page, duration_text(cell.seconds));
    page.element("td", {{"class", "n"}}, cell.folder).close();
  }
  page.close();
  end_table(page);
}

void write_system(Markup& page, const Comparison& comparison, const ComparedSystem& one, const std::string& id) {
  page.element("h2", {{"class", "part"}, {"id", "system-" + id}}, one.name);
  write_facts(page, {{"options", one.options},
                     {"test texts cut", one.truncated_texts > 0 ? grouped(one.truncated_texts) : ""}});
  const std::string seeds = comparison.seeds.size() > 1 ? ", all seeds together" : "";
  page.open("div", {{"class", "pair"}});
  write_classes(page, one.pooled, comparison.labels, "Classes" + seeds, "classes-" + id);
  write_confusion(page, one.pooled, comparison.labels, "Confusion matrix" + seeds, "confusion-" + id);
  page.close();
  page.open("section", {{"class", "card"}, {"aria-label", "Seeds of " + one.name}});
  write_cells(page, one, id);
  if (!one.tried.empty() || (one.faithfulness && !one.faithfulness->tried.empty())) write_tried(page, one, id);
  page.close();
}

}  // namespace

std::string to_html(const Comparison& comparison) {
  Markup page = start_page("Comparison of " + std::to_string(comparison.systems.size()) + " systems");
  write_facts(page, facts_of(comparison));
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-what"}});
  page.element("h2", {{"id", "h-what"}}, "What was compared");
  for (const std::string& note : notes_of(comparison)) page.element("p", {{"class", "note"}}, note);
  page.close();
  write_labels(page, comparison);
  if (comparison.explained_texts > 0) write_explanations_of(page, comparison);
  write_costs(page, comparison);
  for (std::size_t s = 0; s < comparison.systems.size(); ++s) {
    write_system(page, comparison, comparison.systems[s], std::to_string(s + 1));
  }
  return page.finish();
}

}  // namespace pellucid::compare
