// Lines against an axis, as SVG on a page. A line's class sets colour and dashes (page_style.cpp); where points are
// marked, each line has a shape of its own and its name at its end, so that nothing rests on colour.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/statistics.h"
#include "report/markup.h"

namespace pellucid {

struct ChartPoint {
  double x = 0, value = 0;
  Interval interval = {};
};

struct ChartLine {
  std::string name;                     // in the legend
  std::string style;                    // "line-1" … "line-4", "control"
  std::vector<ChartPoint> points = {};  // ascending in x
  bool band = false;                    // of the intervals
  std::string short_name = {};          // at the line's end, where points are marked
};

// A value that does not depend on x, to see one of the lines beside; its name has that line's mark, hollow.
struct ChartLevel {
  std::string short_name;
  std::size_t line = 0;
  double value = 0;
};

struct Tick {
  double at = 0;
  std::string text;
};

struct ChartAxis {
  std::string name = {};
  double low = 0, high = 1;
  std::vector<Tick> ticks = {};
};

struct Chart {
  std::string name, description;  // the caption; the numbers, for who cannot see the picture
  ChartAxis x, y;
  std::vector<ChartLine> lines;  // the first is drawn on top
  std::vector<ChartLevel> levels = {};
  bool marked = false;
};

void write_chart(Markup& page, const Chart& chart);
void write_legend(Markup& page, std::span<const ChartLine> lines, bool marked = false);

// Rows of charts with their legends as one picture that needs no page: "line-1" … "line-4", always light, so that it
// prints and converts the same everywhere.
std::string charts_svg(const std::string& title, std::span<const std::vector<Chart>> rows,
                       std::span<const std::string> notes);

// Round numbers around all values, their intervals and levels.
ChartAxis axis_around(std::span<const ChartLine> lines, std::span<const ChartLevel> levels = {});

}  // namespace pellucid
