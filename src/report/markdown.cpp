#include "report/markdown.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string_view>

#include "report/escape.h"

namespace pellucid {
namespace {

using Row = std::vector<std::string>;

// Whether a cell of this column begins as a number does: -0.1, <0.001, **0.5**.
bool has_numbers(std::span<const Row> rows, std::size_t column) {
  return std::ranges::any_of(rows, [&](const Row& row) {
    const std::string& cell = row[column];
    const std::size_t first = cell.find_first_not_of("-+<*");
    return first != std::string::npos && std::isdigit(static_cast<unsigned char>(cell[first])) != 0;
  });
}

}  // namespace

std::string markdown_text(const std::string& text) {
  std::string out;
  for (const char c : visible(text)) {
    if (std::string_view("\\`*_|<>[]#").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_table(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (const Row& row : rows) {
    for (const std::string& cell : row) out += "| " + cell + " ";
    out += "|\n";
    if (&row != &rows.front()) continue;
    for (std::size_t column = 0; column < row.size(); ++column) {
      out += column > 0 && has_numbers(std::span(rows).subspan(1), column) ? "|---:" : "|---";
    }
    out += "|\n";
  }
  return out;
}

}  // namespace pellucid
