#include "report/curves_html.h"

#include <algorithm>

#include "report/faithfulness_table.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr std::size_t kDrawn = 4;   // methods with a line, the best; the control beside them
constexpr std::size_t kBanded = 2;  // of these with a band too: more would hide each other
constexpr double kWidth = 440, kHeight = 290, kLeft = 38, kRight = 22, kTop = 12, kBottom = 40;

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

std::string x_of(double share) {
  return fixed(kLeft + share * (kWidth - kLeft - kRight), 1);
}
std::string y_of(double probability) {
  return fixed(kTop + (1 - probability) * (kHeight - kTop - kBottom), 1);
}

void write_axes(Markup& page, const char* x_name) {
  for (int tick = 0; tick <= 4; ++tick) {
    const double at = tick / 4.0;
    page.empty("line", {{"class", "grid"}, {"x1", x_of(0)}, {"x2", x_of(1)}, {"y1", y_of(at)}, {"y2", y_of(at)}});
    page.element("text", {{"x", fixed(kLeft - 6, 0)}, {"y", fixed(std::stod(y_of(at)) + 4, 1)}, {"text-anchor", "end"}},
                 fixed(at, 2));
  }
  for (int tick = 0; tick <= 5; ++tick) {
    const double at = tick / 5.0;
    page.element("text", {{"x", x_of(at)}, {"y", fixed(kHeight - kBottom + 17, 0)}, {"text-anchor", "middle"}},
                 fixed(100 * at, 0) + "%");
  }
  page.element("text", {{"x", x_of(0.5)}, {"y", fixed(kHeight - 4, 0)}, {"text-anchor", "middle"}}, x_name);
}

void write_line(Markup& page, const std::vector<CurvePoint>& points, const Drawn& one) {
  std::string band;
  std::string path;
  for (const CurvePoint& point : points) {
    band += (band.empty() ? "M" : "L") + x_of(point.share) + " " + y_of(point.interval.high);
    path += (path.empty() ? "M" : "L") + x_of(point.share) + " " + y_of(point.value);
  }
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    band += "L" + x_of(point->share) + " " + y_of(point->interval.low);
  }
  if (one.band) page.empty("path", {{"class", "band " + one.line}, {"d", band + "Z"}});
  page.empty("path", {{"class", "curve " + one.line}, {"d", path}});
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
  page.open("figure");
  page.element("figcaption", name);
  page.open("svg", {{"class", "curves"},
                    {"viewBox", "0 0 " + fixed(kWidth, 0) + " " + fixed(kHeight, 0)},
                    {"role", "img"},
                    {"aria-label", name}});
  page.element("title", name).element("desc", description);
  write_axes(page, x_name);
  for (auto one = drawn.rbegin(); one != drawn.rend(); ++one) write_line(page, one->curves->*curve, *one);
  page.close().close();
}

void write_legend(Markup& page, const std::vector<Drawn>& drawn) {
  page.open("ul", {{"class", "lines"}});
  for (const Drawn& one : drawn) {
    page.open("li").open("svg", {{"class", "curves"}, {"viewBox", "0 0 28 10"}, {"aria-hidden", "true"}});
    page.empty("path", {{"class", "curve " + one.line}, {"d", "M1 5L27 5"}}).close();
    page.text(" " + one.curves->method).close();
  }
  page.close();
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
  write_legend(page, drawn);
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
