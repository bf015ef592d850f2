#include "report/faithfulness_table.h"

#include <algorithm>

namespace pellucid {

std::vector<std::string> measure_columns(const Evaluation& evaluation) {
  std::vector<std::string> columns;
  for (const FaithfulnessRow& row : evaluation.faithfulness.rows) {
    if (std::ranges::find(columns, row.measure) == columns.end()) columns.push_back(row.measure);
  }
  const auto sorted_by = std::ranges::find(columns, evaluation.sort_by);
  if (sorted_by != columns.end()) std::rotate(columns.begin(), sorted_by, sorted_by + 1);
  return columns;
}

std::vector<MethodRow> method_rows(const Evaluation& evaluation) {
  const std::vector<std::string> columns = measure_columns(evaluation);
  std::vector<MethodRow> table;
  for (const std::string& column : columns) {
    for (const FaithfulnessRow& row : evaluation.faithfulness.rows) {
      if (row.measure != column) continue;
      // Rows of the first column come best first: they give the order.
      auto found = std::ranges::find(table, row.method, &MethodRow::method);
      if (found == table.end()) found = table.insert(table.end(), {row.method, {}});
      found->measures.push_back(&row);
    }
  }
  return table;
}

bool is_best(const FaithfulnessRow& row, const std::vector<FaithfulnessRow>& rows) {
  return &*std::ranges::find(rows, row.measure, &FaithfulnessRow::measure) == &row;
}

std::string measure_heading(const FaithfulnessRow& row) {
  return row.measure + (row.better == Better::higher ? " ↑" : " ↓");
}

}  // namespace pellucid
