#include "study/charts.h"

#include <span>
#include <utility>

#include "report/numbers.h"

namespace pellucid::study {
namespace {

using compare::Figure;
using Rows = std::vector<const StudyRow*>;
using Get = const Figure* (*)(const StudyRow&);  // nullptr: the row has none

struct Measured {
  const char* name;
  const char* short_name;
  Get get;
};

constexpr Measured kLabels[] = {{"accuracy", "accuracy", [](const StudyRow& row) { return &row.accuracy; }},
                                {"macro precision", "precision", [](const StudyRow& row) { return &row.precision; }},
                                {"macro recall", "recall", [](const StudyRow& row) { return &row.recall; }},
                                {"macro F1", "F1", [](const StudyRow& row) { return &row.f1; }}};
constexpr Measured kExplanations[] = {
    {"comprehensiveness (higher is better)", "comp.", [](const StudyRow& row) { return &row.comprehensiveness; }},
    {"sufficiency (lower is better)", "suff.", [](const StudyRow& row) { return &row.sufficiency; }},
    {"rank correlation with the reference", "corr.",
     [](const StudyRow& row) { return row.consistency ? &row.consistency->rank_correlation : nullptr; }},
    {"overlap of the five strongest with the reference's", "overlap",
     [](const StudyRow& row) { return row.consistency ? &row.consistency->overlap : nullptr; }}};
constexpr Measured kMinority[] = {{"recall of the minority class", "recall",
                                   [](const StudyRow& row) { return row.minority ? &row.minority->recall : nullptr; }},
                                  {"share of evidence against the minority class", "against", [](const StudyRow& row) {
                                     return row.minority ? &row.minority->against : nullptr;
                                   }}};

Rows rows_of(const Study& study, const std::string& group) {
  Rows rows;
  for (const StudyRow& row : study.rows) {
    if (row.group == group) rows.push_back(&row);
  }
  return rows;
}

ChartAxis values_axis(const Study& study, const Rows& rows) {
  ChartAxis axis{.name = std::string(study.kind->axis)};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    axis.ticks.push_back({study.kind->spaced_evenly ? static_cast<double>(i) : rows[i]->value, rows[i]->text});
  }
  axis.low = axis.ticks.front().at;
  axis.high = axis.ticks.back().at;
  return axis;
}

Chart chart_of(const Study& study, const Rows& rows, const std::string& name, std::span<const Measured> measured,
               const std::vector<ChartLevel>& levels = {}) {
  Chart chart{.name = name,
              .description = {},
              .x = values_axis(study, rows),
              .y = {},
              .lines = {},
              .levels = levels,
              .marked = true};
  for (const Measured& one : measured) {
    ChartLine line{.name = one.name,
                   .style = "line-" + std::to_string(chart.lines.size() + 1),
                   .band = true,
                   .short_name = one.short_name};
    std::string numbers;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Figure* figure = one.get(*rows[i]);
      if (figure == nullptr) continue;
      line.points.push_back({chart.x.ticks[i].at, figure->value, figure->interval});
      numbers += (numbers.empty() ? "" : ", ") + fixed(figure->value, 3) + " at " + rows[i]->text;
    }
    chart.description +=
        (chart.description.empty() ? "" : "; ") + line.name + ": " + (numbers.empty() ? "none" : numbers);
    chart.lines.push_back(std::move(line));
  }
  chart.y = axis_around(chart.lines, levels);
  return chart;
}

}  // namespace

std::vector<Chart> charts_of(const Study& study, const std::string& group) {
  std::vector<ChartLevel> floors;
  if (study.floor) {
    floors = {{"floor", 2, study.floor->rank_correlation.value}, {"floor", 3, study.floor->overlap.value}};
  }
  const Rows rows = rows_of(study, group);
  const std::string of_group = group.empty() ? "" : ": " + group;
  std::vector<Chart> charts = {chart_of(study, rows, "Labels" + of_group, kLabels),
                               chart_of(study, rows, "Explanations" + of_group, kExplanations, floors)};
  if (!study.minority.empty()) charts.push_back(chart_of(study, rows, "Minority class" + of_group, kMinority));
  return charts;
}

std::vector<std::string> notes_on_charts(const Study& study) {
  std::vector<std::string> notes = {"Bands: 95% interval, bootstrap over texts."};
  if (study.floor) {
    notes.emplace_back(
        "Across: the noise floor of the line whose mark it has, the reference of one seed against that of another.");
  }
  if (study.kind->spaced_evenly) notes.emplace_back("Values stand side by side, whatever lies between them.");
  return notes;
}

}  // namespace pellucid::study
