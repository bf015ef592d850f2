#include "compare/comparison.h"
#include "compare/table.h"
#include "report/escape.h"
#include "report/terminal.h"

namespace pellucid::compare {
namespace {

constexpr std::size_t kLongestName = 28;

Table short_names(Table rows) {
  for (auto& row : rows) row.front() = excerpt(row.front(), kLongestName);
  return rows;
}

}  // namespace

std::string to_terminal(const Comparison& comparison, const TerminalStyle& style) {
  std::string out = emphasised(visible(comparison.plan_file), Emphasis::bold, style) + "\n\n";
  out += table(short_names(labels_table(comparison)), style);
  if (comparison.explained_texts > 0) out += "\n" + table(short_names(explanations_table(comparison)), style);
  out += "\n" + table(short_names(costs_table(comparison)), style) + "\n";
  for (const std::string& note : notes_of(comparison)) out += "  " + visible(note) + "\n";
  return out;
}

}  // namespace pellucid::compare
