#include "report/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "report/numbers.h"

namespace pellucid {
namespace {

constexpr double kWidth = 440, kHeight = 290, kTop = 12, kBottom = 40;
constexpr double kMarker = 4;       // half of its width
constexpr double kLineOfText = 17;  // apart, so that names stay apart on small screens, whose letters are larger
constexpr double kLetter = 9;       // how wide one is there, at most
constexpr double kFewestSteps = 3;  // of an axis with round numbers
constexpr double kKeyWidth = 26;    // of a line's sample in a legend

std::string px(double value) {
  return fixed(value, 1);
}

// The page's rules for charts where it is light, without variables, which converters do not know.
constexpr std::string_view kSheetAlone = R"css(
text { font: 11px Helvetica, Arial, 'Liberation Sans', sans-serif; fill: #5f6772; }
.title { font-size: 19px; fill: #1c2026; }
.name { font-size: 14px; font-weight: bold; fill: #1c2026; }
.grid { stroke: #e3e4e1; }
.curve { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.level { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 4 4; }
.band { fill: currentColor; opacity: .13; }
.marker { fill: currentColor; stroke: #fff; }
.marker.hollow { fill: #fff; stroke: currentColor; stroke-width: 1.5; }
.line-1 { color: #1f5c9f; }
.line-2 { color: #b8451f; }
.line-3 { color: #1c7a4c; }
.line-4 { color: #7645a8; }
.curve.line-2 { stroke-dasharray: 7 3; }
.curve.line-3 { stroke-dasharray: 2 3; }
.curve.line-4 { stroke-dasharray: 9 3 2 3; }
)css";

// Shapes by a line's place in its chart: circle, square, triangle, diamond.
std::string shape(std::size_t line, double x, double y) {
  const std::string at = "M" + px(x - kMarker) + " " + px(y);
  switch (line % 4) {
    case 0: return at + "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z";
    case 1: return "M" + px(x - 3.5) + " " + px(y - 3.5) + "h7v7h-7Z";
    case 2: return "M" + px(x) + " " + px(y - 4.5) + "l4.5 8h-9Z";
    default: return "M" + px(x) + " " + px(y - 5) + "l5 5l-5 5l-5 -5Z";
  }
}

class Picture {
 public:
  Picture(Markup& page, const Chart& chart)
      : page_(page), chart_(chart), left_(chart.marked ? 46 : 38), right_(chart.marked ? 100 : 22) {}

  void draw() {
    axes();
    for (const ChartLevel& level : chart_.levels) {
      page_.empty("path", {{"class", "level " + chart_.lines[level.line].style},
                           {"d", "M" + px(x_of(chart_.x.low)) + " " + px(y_of(level.value)) + "L" +
                                     px(x_of(chart_.x.high)) + " " + px(y_of(level.value))}});
    }
    for (std::size_t i = chart_.lines.size(); i-- > 0;) line(i);
    if (chart_.marked) names();
  }

 private:
  double x_of(double x) const {
    const double range = chart_.x.high - chart_.x.low;
    return left_ + (range > 0 ? (x - chart_.x.low) / range : 0.5) * (kWidth - left_ - right_);
  }
  double y_of(double value) const {
    return kTop + (chart_.y.high - value) / (chart_.y.high - chart_.y.low) * (kHeight - kTop - kBottom);
  }

  void axes() {
    const std::string begin = px(left_);
    const std::string end = px(kWidth - right_);
    for (const Tick& tick : chart_.y.ticks) {
      const double y = y_of(tick.at);
      page_.empty("line", {{"class", "grid"}, {"x1", begin}, {"x2", end}, {"y1", px(y)}, {"y2", px(y)}});
      page_.element("text", {{"x", fixed(left_ - 6, 0)}, {"y", px(y + 4)}, {"text-anchor", "end"}},
                    with_minus_sign(tick.text));
    }
    double free_from = -std::numeric_limits<double>::infinity();
    for (const Tick& tick : chart_.x.ticks) {
      const double half = kLetter * static_cast<double>(tick.text.size()) / 2;
      if (x_of(tick.at) - half < free_from) continue;
      free_from = x_of(tick.at) + half;
      page_.element("text",
                    {{"x", px(x_of(tick.at))}, {"y", fixed(kHeight - kBottom + 20, 0)}, {"text-anchor", "middle"}},
                    tick.text);
    }
    page_.element("text",
                  {{"x", px((left_ + kWidth - right_) / 2)}, {"y", fixed(kHeight - 4, 0)}, {"text-anchor", "middle"}},
                  chart_.x.name);
  }

  void line(std::size_t i) {
    const ChartLine& one = chart_.lines[i];
    std::string band;
    std::string path;
    for (const ChartPoint& point : one.points) {
      band += (band.empty() ? "M" : "L") + px(x_of(point.x)) + " " + px(y_of(point.interval.high));
      path += (path.empty() ? "M" : "L") + px(x_of(point.x)) + " " + px(y_of(point.value));
    }
    for (auto point = one.points.rbegin(); point != one.points.rend(); ++point) {
      band += "L" + px(x_of(point->x)) + " " + px(y_of(point->interval.low));
    }
    if (path.empty()) return;
    if (one.band) page_.empty("path", {{"class", "band " + one.style}, {"d", band + "Z"}});
    page_.empty("path", {{"class", "curve " + one.style}, {"d", path}});
    if (!chart_.marked) return;
    for (const ChartPoint& point : one.points) {
      page_.empty("path", {{"class", "marker " + one.style}, {"d", shape(i, x_of(point.x), y_of(point.value))}});
    }
  }

  // At the lines' ends, pushed apart where they would stand on each other.
  void names() {
    struct Name {
      double y;
      std::string text, style;
      std::size_t line;
      bool hollow;
    };
    std::vector<Name> all;
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) {
      const ChartLine& one = chart_.lines[i];
      if (!one.points.empty()) all.push_back({y_of(one.points.back().value), one.short_name, one.style, i, false});
    }
    for (const ChartLevel& level : chart_.levels) {
      all.push_back({y_of(level.value), level.short_name, chart_.lines[level.line].style, level.line, true});
    }
    std::ranges::stable_sort(all, {}, &Name::y);
    for (std::size_t i = 1; i < all.size(); ++i) all[i].y = std::max(all[i].y, all[i - 1].y + kLineOfText);
    double lowest = kHeight - kBottom;
    for (std::size_t i = all.size(); i-- > 0; lowest -= kLineOfText) all[i].y = std::min(all[i].y, lowest);
    const double x = kWidth - right_ + 12;
    for (const Name& name : all) {
      if (name.hollow) {
        page_.empty("path", {{"class", "level " + name.style},
                             {"d", "M" + px(x - 9) + " " + px(name.y) + "L" + px(x + 7) + " " + px(name.y)}});
      }
      page_.empty("path", {{"class", (name.hollow ? "marker hollow " : "marker ") + name.style},
                           {"d", shape(name.line, x, name.y)}});
      page_.element("text", {{"x", px(x + 9)}, {"y", px(name.y + 4)}}, name.text);
    }
  }

  Markup& page_;
  const Chart& chart_;
  double left_, right_;
};

// A sample of the chart's i-th line.
void draw_key(Markup& page, const ChartLine& line, std::size_t i, bool marked, double x, double y) {
  const std::string level = " " + px(y);
  page.empty("path", {{"class", "curve " + line.style}, {"d", "M" + px(x) + level + "L" + px(x + kKeyWidth) + level}});
  if (marked) page.empty("path", {{"class", "marker " + line.style}, {"d", shape(i, x + kKeyWidth / 2, y)}});
}

}  // namespace

void write_chart(Markup& page, const Chart& chart) {
  page.open("figure");
  page.element("figcaption", chart.name);
  page.open("svg", {{"class", "curves"},
                    {"viewBox", "0 0 " + fixed(kWidth, 0) + " " + fixed(kHeight, 0)},
                    {"role", "img"},
                    {"aria-label", chart.name}});
  page.element("title", chart.name).element("desc", chart.description);
  Picture(page, chart).draw();
  page.close().close();
}

void write_legend(Markup& page, std::span<const ChartLine> lines, bool marked) {
  page.open("ul", {{"class", "lines"}});
  for (std::size_t i = 0; i < lines.size(); ++i) {
    page.open("li").open("svg", {{"class", "curves"}, {"viewBox", "0 0 28 10"}, {"aria-hidden", "true"}});
    draw_key(page, lines[i], i, marked, 1, 5);
    page.close().text(" " + lines[i].name).close();
  }
  page.close();
}

std::string charts_svg(const std::string& title, std::span<const std::vector<Chart>> rows,
                       std::span<const std::string> notes) {
  constexpr double kMargin = 24, kGap = 24, kTitle = 56, kName = 24;
  std::size_t columns = 1;
  std::size_t entries = 0;
  for (const std::vector<Chart>& row : rows) {
    columns = std::max(columns, row.size());
    for (const Chart& chart : row) entries = std::max(entries, chart.lines.size());
  }
  const double one_row = kName + kHeight + kLineOfText * static_cast<double>(entries) + 2 * kGap;
  const double width = 2 * kMargin + static_cast<double>(columns) * (kWidth + kGap) - kGap;
  const double height = kMargin + kTitle + static_cast<double>(rows.size()) * one_row +
                        kLineOfText * static_cast<double>(notes.size()) + kMargin / 2;

  Markup svg;
  svg.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                   {"viewBox", "0 0 " + px(width) + " " + px(height)},
                   {"width", px(width)},
                   {"height", px(height)},
                   {"role", "img"}});
  svg.element("title", title).style(kSheetAlone);
  svg.empty("rect", {{"width", px(width)}, {"height", px(height)}, {"rx", "10"}, {"fill", "#fff"}});
  svg.element("text", {{"class", "title"}, {"x", px(kMargin)}, {"y", px(kMargin + 16)}}, title);
  double top = kMargin + kTitle;
  for (const std::vector<Chart>& row : rows) {
    double left = kMargin;
    for (const Chart& chart : row) {
      svg.open("g", {{"transform", "translate(" + px(left) + " " + px(top) + ")"}});
      svg.element("desc", chart.name + ". " + chart.description);
      svg.element("text", {{"class", "name"}, {"x", "0"}, {"y", "0"}}, chart.name);
      svg.open("g", {{"transform", "translate(0 " + px(kName) + ")"}});
      Picture(svg, chart).draw();
      for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        const double y = kHeight + kGap + kLineOfText * static_cast<double>(i);
        draw_key(svg, chart.lines[i], i, chart.marked, 0, y - 4);
        svg.element("text", {{"x", px(kKeyWidth + 8)}, {"y", px(y)}}, chart.lines[i].name);
      }
      svg.close().close();
      left += kWidth + kGap;
    }
    top += one_row;
  }
  for (const std::string& note : notes) {
    svg.element("text", {{"x", px(kMargin)}, {"y", px(top)}}, note);
    top += kLineOfText;
  }
  return svg.finish();
}

ChartAxis axis_around(std::span<const ChartLine> lines, std::span<const ChartLevel> levels) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const auto take = [&](double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const ChartLine& line : lines) {
    for (const ChartPoint& point : line.points) {
      for (const double value : {point.value, point.interval.low, point.interval.high}) take(value);
    }
  }
  for (const ChartLevel& level : levels) take(level.value);
  if (low > high) return {};
  if (high - low < 1e-3) {  // nearly all the same: no noise is blown up
    low -= 5e-4;
    high += 5e-4;
  }
  // The largest of 1, 2, 5 times a power of ten that gives steps enough.
  const double widest = (high - low) / kFewestSteps;
  const double power = std::pow(10, std::floor(std::log10(widest)));
  const double step = power * (widest / power >= 5 ? 5 : widest / power >= 2 ? 2 : 1);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step * 1.0001))));
  ChartAxis axis{.low = step * std::floor(low / step + 1e-9), .high = step * std::ceil(high / step - 1e-9)};
  for (int tick = 0; axis.low + step * tick < axis.high + step / 2; ++tick) {
    const double at = axis.low + step * tick;
    axis.ticks.push_back({at, fixed(std::abs(at) < step / 2 ? 0 : at, decimals)});
  }
  return axis;
}

}  // namespace pellucid
