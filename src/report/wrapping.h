// An explanation's text in lines of a given width, for media that do not wrap by themselves: the
// terminal (columns) and pictures (ems).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/shading.h"

namespace pellucid {

using CharacterWidth = double (*)(char32_t);
double width_of(std::string_view utf8, CharacterWidth width);
double terminal_columns(char32_t c);

// A stretch of one line that is drawn alike: visible() text, of one unit or of none.
struct Run {
  std::string text;
  std::optional<std::size_t> unit;
  double width = 0;
};
using Line = std::vector<Run>;

// Lines break at spaces, beside wide characters (Chinese, Japanese), and inside what is longer than a line.
// What the model did not read is left out: "…". `marks` [u], if any, stand before their units.
std::vector<Line> wrap(const Explanation& explanation, double line_width, CharacterWidth width,
                       const std::vector<std::string>& marks = {});

}  // namespace pellucid
