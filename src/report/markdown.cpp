#include "report/markdown.h"

#include <string_view>

#include "report/escape.h"

namespace pellucid {

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
  for (const auto& row : rows) {
    for (const std::string& cell : row) out += "| " + cell + " ";
    out += "|\n";
    if (&row != &rows.front()) continue;
    for (std::size_t column = 0; column < row.size(); ++column) out += column == 0 ? "|---" : "|---:";
    out += "|\n";
  }
  return out;
}

}  // namespace pellucid
