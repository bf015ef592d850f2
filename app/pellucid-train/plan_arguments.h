// The command line of what runs a plan, and a plan's options through the very parser of `pellucid train`.
#pragma once

#include <span>
#include <string>

#include "../pellucid/output.h"
#include "compare/plan.h"
#include "compare/run_options.h"
#include "error/error.h"

namespace CLI {
class App;
}

namespace pellucid {

struct PlanArguments {
  std::string plan;
  compare::PlanOverrides overrides;
  compare::RunOptions run;  // threads: of this machine, unless said otherwise
  std::string precision = "fp32";
  ReportPaths report;

  PlanArguments();
};
void add_plan_arguments(CLI::App& command, PlanArguments& arguments, const std::string& what_a_plan_is);

Result<train::Options> read_plan_options(std::span<const compare::Option> options);

// Sets the process up for training; where cells go and who is told.
Result<compare::RunOptions> start(const PlanArguments& arguments);

// Reports may go to the folder of the cells, which is made for them once the plan's texts are found to be there.
Result<ReportOutputs> open_reports(const PlanArguments& arguments, const compare::RunOptions& options,
                                   const compare::Plan& plan);

}  // namespace pellucid
