// The command line of what runs a plan, and a plan's options through the very parser of `pellucid train`.
#pragma once

#include <span>
#include <string>

#include "../pellucid/output.h"
#include "compare/plan.h"
#include "compare/run_options.h"
#include "error/error.h"
#include "report/explanation.h"

namespace CLI {
class App;
}

namespace pellucid {

struct PlanArguments {
  std::string plan;
  compare::PlanOverrides overrides;
  compare::RunOptions run;  // threads: of this machine, unless said otherwise
  std::string json, html;

  PlanArguments();
};
void add_plan_arguments(CLI::App& command, PlanArguments& arguments, const std::string& what_a_plan_is);

Result<train::Options> read_plan_options(std::span<const compare::Option> options);

// Sets the process up for training; where cells go and who is told.
Result<compare::RunOptions> start(const PlanArguments& arguments);

TerminalStyle stdout_style();

// As a page and JSON where these were asked for, on the terminal where nothing took stdout.
template <class Found>
Result<void> write_results(const Found& found, const PlanArguments& arguments, bool stdout_taken = false) {
  if (!arguments.html.empty()) PELLUCID_CHECK(write_output(arguments.html, to_html(found)));
  if (!arguments.json.empty()) PELLUCID_CHECK(write_output(arguments.json, to_json(found) + "\n"));
  if (stdout_taken || arguments.html == "-" || arguments.json == "-") return {};
  return write_output("-", to_terminal(found, stdout_style()));
}

}  // namespace pellucid
