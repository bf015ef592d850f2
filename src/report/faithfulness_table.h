// Faithfulness rows as a table: a method a row, its measures beside one another.
#pragma once

#include <string>
#include <vector>

#include "report/evaluation.h"

namespace pellucid {

struct MethodRow {
  std::string method;
  std::vector<const FaithfulnessRow*> measures;  // one for each of measure_columns
};

// The measures, the one that the table is sorted by first.
std::vector<std::string> measure_columns(const Evaluation& evaluation);

// Methods, the best by that measure first.
std::vector<MethodRow> method_rows(const Evaluation& evaluation);

// The first row of its measure: what the others are tested against.
bool is_best(const FaithfulnessRow& row, const std::vector<FaithfulnessRow>& rows);

// "comprehensiveness ↑": which way is better.
std::string measure_heading(const FaithfulnessRow& row);

}  // namespace pellucid
