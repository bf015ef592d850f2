#include "report/curves_html.h"

#include <algorithm>

#include "report/chart.h"
#include "report/faithfulness_table.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr std::size_t kDrawn = 4;   // methods with a line, the best; the control beside them
constexpr std::size_t kBanded = 2;  // of these with a band too: more would hide each other

// A method's line: its class sets colour and dashes (page_style.cpp).
struct Drawn {
  const Curves* curves;
  std::string line;
  bool band;
};

std::vector<Drawn> drawn_of(const Evaluation& evaluation) {
  std::vector<Drawn> drawn;
  std::vector<Drawn> control;
  for (const MethodRow& row : method_rows(evaluation)) {
    const auto found = std::ranges::find(evaluation.faithfulness.curves, row.method, &Curves::method);
    if (found == evaluation.faithfulness.curves.end()) continue;
    if (row.method == kControlMethod) {
      control.push_back({&*found, "control", true});
    } else if (drawn.size() < kDrawn) {
      drawn.push_back({&*found, "line-" + std::to_string(drawn.size() + 1), drawn.size() < kBanded});
    }
  }
  drawn.insert(drawn.end(), control.begin(), control.end());
  return drawn;
}

std::vector<Tick> ticks(int steps, std::string (*text)(double)) {
  std::vector<Tick> all;
  for (int tick = 0; tick <= steps; ++tick) {
    const double at = static_cast<double>(tick) / steps;
    all.push_back({at, text(at)});
  }
  return all;
}

// The area between the curve and the axis, by trapezes: what one number says of it.
double area(const std::vector<CurvePoint>& points) {
  double sum = 0;
  for (std::size_t p = 1; p < points.size(); ++p) {
    sum += (points[p].share - points[p - 1].share) * (points[p].value + points[p - 1].value) / 2;
  }
  return sum;
}

void write_picture(Markup& page, const std::vector<Drawn>& drawn, const std::string& name, const char* x_name,
                   std::vector<CurvePoint> Curves::* curve) {
  std::string description = "Mean probability of the predicted class; area under each line: ";
  for (const Drawn& one : drawn) {
    description += (&one == drawn.data() ? "" : ", ") + one.curves->method + " " + fixed(area(one.curves->*curve), 3);
  }
  Chart chart{.name = name,
              .description = std::move(description),
              .x = {.name = x_name, .ticks = ticks(5, [](double at) { return fixed(100 * at, 0) + "%"; })},
              .y = {.ticks = ticks(4, [](double at) { return fixed(at, 2); })},
              .lines = {}};
  for (const Drawn& one : drawn) {
    ChartLine& line = chart.lines.emplace_back(ChartLine{.name = {}, .style = one.line, .band = one.band});
    for (const CurvePoint& point : one.curves->*curve) {
      line.points.push_back({point.share, point.value, point.interval});
    }
  }
  write_chart(page, chart);
}

void write_methods(Markup& page, const std::vector<Drawn>& drawn) {
  std::vector<ChartLine> lines;
  for (const Drawn& one : drawn) lines.push_back({.name = one.curves->method, .style = one.line});
  write_legend(page, lines);
}

void write_numbers(Markup& page, const Evaluation& evaluation, const std::string& name, const std::string& id,
                   std::vector<CurvePoint> Curves::* curve) {
  start_table(page, id, "results", name + ": mean probability of the predicted class, all methods");
  std::vector<std::string> columns = {"method"};
  for (const CurvePoint& point : evaluation.faithfulness.curves.front().*curve) {
    columns.push_back(fixed(100 * point.share, 0) + "%");
  }
  columns.emplace_back("area");
  write_columns(page, columns, 1);
  page.open("tbody");
  for (const MethodRow& row : method_rows(evaluation)) {
    const auto found = std::ranges::find(evaluation.faithfulness.curves, row.method, &Curves::method);
    if (found == evaluation.faithfulness.curves.end()) continue;
    page.open("tr").element("th", {{"scope", "row"}}, row.method);
    for (const CurvePoint& point : (*found).*curve) page.element("td", {{"class", "n"}}, fixed(point.value, 3));
    page.element("td", {{"class", "n"}}, fixed(area((*found).*curve), 3)).close();
  }
  page.close();
  end_table(page);
}

}  // namespace

void write_curves(Markup& page, const Evaluation& evaluation) {
  if (evaluation.faithfulness.curves.empty()) return;
  const std::vector<Drawn> drawn = drawn_of(evaluation);
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-curves"}});
  page.element("h2", {{"id", "h-curves"}}, "Deletion and insertion curves");
  page.open("div", {{"class", "pair"}});
  write_picture(page, drawn, "Deletion: lower is better", "units removed, top-ranked first", &Curves::deletion);
  write_picture(page, drawn, "Insertion: higher is better", "units kept, top-ranked first", &Curves::insertion);
  page.close();
  write_methods(page, drawn);
  page.element("p", {{"class", "note"}},
               "Mean probability of the predicted class over " + grouped(evaluation.faithfulness.rows.front().n) +
                   " texts; bands, of the two best and the control: 95% interval, bootstrap over texts. Drawn are the "
                   "best methods by " +
                   evaluation.sort_by + ", and the random control.");
  page.open("details").element("summary", "The curves in numbers");
  write_numbers(page, evaluation, "Deletion, share of units removed", "c-deletion", &Curves::deletion);
  write_numbers(page, evaluation, "Insertion, share of units kept", "c-insertion", &Curves::insertion);
  page.close().close();
}

}  // namespace pellucid
