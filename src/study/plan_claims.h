// [[claim]] of a study's plan. Internal to what reads plans.
#pragma once

#include "compare/plan_table.h"
#include "study/plan.h"

namespace pellucid::study {

// Sets plan.claims; its values and groups are read.
Result<void> read_claims(compare::PlanTable& table, const std::filesystem::path& file, StudyPlan& plan);

}  // namespace pellucid::study
