#include "report/judged_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "report/interval_json.h"
#include "report/numbers.h"
#include "report/terminal.h"

namespace pellucid {

using nlohmann::ordered_json;

ordered_json to_json(std::span<const JudgedRow> rows) {
  ordered_json list = ordered_json::array();
  for (const JudgedRow& row : rows) {
    list.push_back({{"method", row.method},
                    {"measure", row.measure},
                    {"value", row.value},
                    {"interval", json_of(row.interval)},
                    {"n", row.n},
                    {"p", row.p_value},
                    {"seconds_per_text", row.seconds_per_text},
                    {"forward_equivalents", row.forward_equivalents}});
  }
  return list;
}

std::string to_terminal(std::span<const JudgedRow> rows, const TerminalStyle& style) {
  std::vector<std::string> measures;
  for (const JudgedRow& row : rows) {
    if (measures.empty() || measures.back() != row.measure) measures.push_back(row.measure);
  }
  std::vector<std::vector<std::string>> lines = {{"method", measures.front(), "95% interval", "p"}};
  lines.front().insert(lines.front().end(), measures.begin() + 1, measures.end());
  lines.front().insert(lines.front().end(), {"ms/text", "passes/text"});
  for (const JudgedRow& first : rows) {
    if (first.measure != measures.front()) continue;
    std::vector<std::string> line = {first.method, fixed(first.value, 3), interval_text(first.interval, 3),
                                     &first == &rows.front() ? "best" : p_text(first.p_value)};
    for (const JudgedRow& row : rows) {
      if (row.method == first.method && row.measure != first.measure) line.push_back(fixed(row.value, 3));
    }
    line.push_back(fixed(1000 * first.seconds_per_text, 1));
    line.push_back(fixed(first.forward_equivalents, 1));
    lines.push_back(std::move(line));
  }
  return table(lines, style);
}

}  // namespace pellucid
