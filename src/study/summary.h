// From measurements to figures.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "compare/cell.h"
#include "compare/setup.h"
#include "study/measurement.h"
#include "study/plan.h"
#include "study/study.h"

namespace pellucid::study {

struct MeasuredRun {
  std::uint64_t seed = 0;
  std::string minority;
  std::size_t training_texts = 0;
  compare::Cell cell;
  Measurement measurement;
};

// One value of one group: seed by seed, and within a seed minority by minority.
struct MeasuredRow {
  std::size_t group = 0, value = 0;
  std::size_t changed_texts = 0;
  std::vector<MeasuredRun> runs;
};

// Rows by groups, then values.
Result<Study> summarise(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows,
                        const compare::Circumstances& circumstances);

}  // namespace pellucid::study
