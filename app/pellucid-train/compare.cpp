// pellucid compare: a plan in, systems x seeds trained and tested on one split out.
#include <CLI/CLI.hpp>

#include "../pellucid/arguments.h"
#include "commands.h"
#include "compare/run.h"
#include "plan_arguments.h"

namespace pellucid {
namespace {

Result<void> run(const PlanArguments& arguments) {
  PELLUCID_TRY(const compare::RunOptions options, start(arguments));
  PELLUCID_TRY(const compare::Plan plan, compare::read_plan(arguments.plan, arguments.overrides, read_plan_options));
  PELLUCID_TRY(ReportOutputs outputs, open_reports(arguments, options, plan));
  PELLUCID_TRY(const compare::Comparison found, compare::run(plan, options, read_plan_options));
  return outputs.write({.html = [&] { return to_html(found); },
                        .json = [&] { return to_json(found) + "\n"; },
                        .terminal = [&](const TerminalStyle& style) { return to_terminal(found, style); }});
}

}  // namespace

void add_compare(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("compare", "Train and test several systems with several seeds on one split");
  auto arguments = std::make_shared<PlanArguments>();
  add_plan_arguments(*command, *arguments, "Systems, seeds and texts");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
