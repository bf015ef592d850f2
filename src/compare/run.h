// Runs a plan: trains what is not trained yet, chooses settings and methods by the validation texts, tests each cell
// once, and puts the figures side by side.
#pragma once

#include "compare/comparison.h"
#include "compare/plan.h"
#include "compare/run_options.h"
#include "error/error.h"

namespace pellucid::compare {

// The same call goes on where an interrupted one stopped.
Result<Comparison> run(const Plan& plan, const RunOptions& options, const OptionsReader& reader);

}  // namespace pellucid::compare
