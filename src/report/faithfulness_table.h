// Faithfulness rows as a table: a method a row, its measures beside one another.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/evaluation.h"

namespace pellucid {

struct MethodRow {
  std::string method;
  std::map<std::string, const FaithfulnessRow*> measures;
  const FaithfulnessRow* any = nullptr;  // cost and n are the same in all
};

// Best difference first.
std::vector<MethodRow> method_rows(const std::vector<FaithfulnessRow>& rows);

// The first row of its measure: what the others are tested against.
bool is_best(const FaithfulnessRow& row, const std::vector<FaithfulnessRow>& rows);

}  // namespace pellucid
