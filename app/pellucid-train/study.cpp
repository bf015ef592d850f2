// pellucid study: a factor and a plan in, what its values do to labels and explanations out.
#include <CLI/CLI.hpp>

#include "../pellucid/arguments.h"
#include "commands.h"
#include "plan_arguments.h"
#include "study/run.h"

namespace pellucid {
namespace {

struct Arguments {
  std::string kind;
  PlanArguments plan;
};

Result<void> run(const Arguments& arguments) {
  PELLUCID_TRY(const compare::RunOptions options, start(arguments.plan));
  const study::Kind& kind = *study::find_kind(arguments.kind);
  PELLUCID_TRY(const study::StudyPlan plan,
               study::read_study_plan(arguments.plan.plan, kind, arguments.plan.overrides, read_plan_options));
  PELLUCID_TRY(ReportOutputs outputs, open_reports(arguments.plan, options, plan.common));
  PELLUCID_TRY(const study::Study found, study::run(plan, options, read_plan_options));
  return outputs.write({.html = [&] { return to_html(found); },
                        .json = [&] { return to_json(found) + "\n"; },
                        .svg = [&] { return to_svg(found); },
                        .terminal = [&](const TerminalStyle& style) { return to_terminal(found, style); }});
}

}  // namespace

void add_study(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("study", "Vary one factor, and see what it does to labels and explanations");
  auto arguments = std::make_shared<Arguments>();
  std::vector<std::string> names;
  for (const study::Kind& kind : study::kinds()) names.emplace_back(kind.name);
  command->add_option("kind", arguments->kind, "The factor")->required()->check(CLI::IsMember(names));
  add_plan_arguments(*command, arguments->plan, "Its values, seeds and texts");
  command->add_option("--svg", arguments->plan.report.svg,
                      "Write the charts too, as one picture: a file, or - for stdout");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
