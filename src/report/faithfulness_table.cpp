#include "report/faithfulness_table.h"

#include <algorithm>

namespace pellucid {

std::vector<MethodRow> method_rows(const std::vector<FaithfulnessRow>& rows) {
  std::vector<MethodRow> table;
  for (const FaithfulnessRow& row : rows) {
    auto found = std::ranges::find(table, row.method, &MethodRow::method);
    if (found == table.end()) found = table.insert(table.end(), {row.method, {}, &row});
    found->measures[row.measure] = &row;
  }
  std::ranges::stable_sort(table, std::greater(), [](const MethodRow& row) {
    const auto difference = row.measures.find("difference");
    return difference == row.measures.end() ? 0 : difference->second->value;
  });
  return table;
}

bool is_best(const FaithfulnessRow& row, const std::vector<FaithfulnessRow>& rows) {
  return &*std::ranges::find(rows, row.measure, &FaithfulnessRow::measure) == &row;
}

}  // namespace pellucid
