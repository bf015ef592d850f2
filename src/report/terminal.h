// What terminal reports share: styling that vanishes without colour, padding by columns, bars.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/explanation.h"

namespace pellucid {

enum class Emphasis { none, bold, dim, towards, away };
std::string emphasised(std::string_view text, Emphasis emphasis, const TerminalStyle& style);

std::string left(std::string_view text, std::size_t columns);   // padded or cut to exactly that width
std::string right(std::string_view text, std::size_t columns);  // padded in front, never cut

// Rows of cells: the first column to the left, the others to the right; the first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows, const TerminalStyle& style);

// `share` of `columns`, in `fill`; at least one from 0.5 % on.
std::string bar(double share, std::size_t columns, std::string_view fill);

// A word on a shade of red (score > 0) or blue (score < 0, underlined too) by strength 0 … 1.
std::string shaded(std::string_view text, double score, double strength);

}  // namespace pellucid
