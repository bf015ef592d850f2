// Runs a study: trains what is not trained yet, measures what is not measured yet, and puts the values side by side.
#pragma once

#include "compare/run_options.h"
#include "error/error.h"
#include "study/plan.h"
#include "study/study.h"

namespace pellucid::study {

// The same call goes on where an interrupted one stopped.
Result<Study> run(const StudyPlan& plan, const compare::RunOptions& options, const compare::OptionsReader& reader);

}  // namespace pellucid::study
