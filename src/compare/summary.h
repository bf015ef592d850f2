// From cells to figures.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/cell.h"
#include "compare/comparison.h"
#include "compare/plan.h"
#include "compare/texts.h"

namespace pellucid::compare {

struct TestedSystem {
  const PlannedSystem* system = nullptr;
  std::size_t chosen = 0;                        // of its settings
  std::vector<double> validation_macro_f1 = {};  // of each setting, with the first seed
  std::vector<Cell> cells = {};                  // tested, in the order of the plan's seeds
  std::optional<CellChoice> choice = {};         // of the method, where there are several
};

Comparison summarise(const Plan& plan, const Texts& texts, std::span<const TestedSystem> systems,
                     const Circumstances& circumstances);

}  // namespace pellucid::compare
