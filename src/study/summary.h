// From measurements to figures.
#pragma once

#include <span>

#include "compare/setup.h"
#include "study/plan.h"
#include "study/row_statistics.h"
#include "study/study.h"

namespace pellucid::study {

// Rows by groups, then values.
Result<Study> summarise(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows,
                        const compare::Circumstances& circumstances);

}  // namespace pellucid::study
