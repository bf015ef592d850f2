// Markdown: text that stays text, and tables.
#pragma once

#include <string>
#include <vector>

namespace pellucid {

// What Markdown would take for its own is written out; controls are made visible, lines joined.
std::string markdown_text(const std::string& text);

// Pipes; the first row is the heading; the first column and columns without numbers stand left, the others right. Cells
// are Markdown.
std::string markdown_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace pellucid
