#include "compare/comparison.h"
#include "compare/table.h"
#include "report/escape.h"

namespace pellucid::compare {
namespace {

// What Markdown would take for its own is written out.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : visible(text)) {
    if (std::string_view("\\`*_|<>[]#").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown(const Table& table) {
  std::string out;
  for (const auto& row : table) {
    for (const std::string& cell : row) out += "| " + plain(cell) + " ";
    out += "|\n";
    if (&row != &table.front()) continue;
    for (std::size_t column = 0; column < row.size(); ++column) out += column == 0 ? "|---" : "|---:";
    out += "|\n";
  }
  return out + "\n";
}

}  // namespace

std::string to_markdown(const Comparison& comparison) {
  std::string out = "`pellucid compare " + visible(comparison.plan_file) + "` (pellucid " + comparison.version + ", " +
                    std::to_string(comparison.threads) + " threads; plan " + comparison.plan_sha256.substr(0, 12) +
                    ", training data " + comparison.data_sha256.substr(0, 12) + ", test data " +
                    comparison.test_sha256.substr(0, 12) + ", encoder " + comparison.encoder_sha256.substr(0, 12) +
                    ")\n\n";
  out += markdown(labels_table(comparison));
  if (comparison.explained_texts > 0) out += markdown(explanations_table(comparison));
  out += markdown(costs_table(comparison));
  for (const std::string& note : notes_of(comparison)) out += plain(note) + "\n\n";
  out += "Options:\n\n";
  for (const ComparedSystem& one : comparison.systems) out += "- " + plain(one.name) + ": " + plain(one.options) + "\n";
  return out;
}

}  // namespace pellucid::compare
