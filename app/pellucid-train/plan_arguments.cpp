#include "plan_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "../pellucid/arguments.h"
#include "../pellucid/usage.h"
#include "error/listed.h"
#include "files/folder.h"
#include "report/escape.h"
#include "train/threads.h"
#include "training_options.h"

namespace pellucid {
namespace {

// A plan that comes from elsewhere names files that lie elsewhere here.
Result<void> check_texts_are_there(const compare::Plan& plan) {
  for (const auto& [option, file] : {std::pair("--data", &plan.data), std::pair("--validation", &plan.validation),
                                     std::pair("--test", &plan.test)}) {
    std::error_code ignored;
    if (file->empty() || std::filesystem::exists(*file, ignored)) continue;
    return fail(
        ErrorCode::not_found,
        "expected the plan's labelled texts, found nothing there; " + std::string(option) + " FILE says where they are",
        file->string());
  }
  return {};
}

}  // namespace

PlanArguments::PlanArguments() {
  run.threads = std::max(1U, std::thread::hardware_concurrency());
}

void add_plan_arguments(CLI::App& command, PlanArguments& arguments, const std::string& what_a_plan_is) {
  command.add_option("plan", arguments.plan, what_a_plan_is + ": a TOML file (docs/formats.md)")->required();
  command.add_option("--out", arguments.run.out, "Folder of the models and what is measured [runs/PLAN]");
  command.add_option("--data", arguments.overrides.data, "Labelled texts to train on, instead of the plan's");
  command.add_option("--validation", arguments.overrides.validation,
                     "Labelled texts to choose weights and settings by, instead of the plan's");
  command.add_option("--test", arguments.overrides.test, "Labelled texts to test on, instead of the plan's");
  command.add_option("--model", arguments.overrides.model, "Pretrained encoder, instead of the plan's");
  command.add_option("--html", arguments.report.html, "Write a page too: a file, or - for stdout");
  command.add_option("--json", arguments.report.json, "Write JSON too: a file, or - for stdout");
  command.add_option("--threads", arguments.run.threads, "CPU threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--precision", arguments.precision,
                  "Of predictions and explanations that are measured; of training: precision in the plan's [options]")
      ->capture_default_str()
      ->check(CLI::IsMember({"fp32", "bf16"}));
  command.add_option("--seed", arguments.run.seed, "Of intervals and tests; those of training are the plan's")
      ->capture_default_str();
  command.add_flag("--quiet", arguments.run.quiet, "No progress");
  command.footer(
      "Ctrl-C saves what is under way; the same command goes on. Models that are trained already are not trained "
      "again, in a changed plan neither.");
}

Result<train::Options> read_plan_options(std::span<const compare::Option> options) {
  CLI::App parser;
  TrainingOptions training;
  add_training_options(parser, training);
  check_values(parser);
  const std::vector<std::string> known = option_names(parser);
  for (const compare::Option& option : options) {
    const std::string name = "--" + option.name;
    if (std::ranges::find(known, option.name) == known.end()) {
      return fail(ErrorCode::usage, "expected an option of pellucid train: one of " + listed(known) + "; found this",
                  name);
    }
    if (const std::string wrong = set_option(*parser.get_option(name), option.value); !wrong.empty()) {
      return fail(ErrorCode::usage,
                  "expected what pellucid train takes there, found \"" + option.value + "\": " + wrong, name);
    }
  }
  return resolve(parser, training);
}

Result<compare::RunOptions> start(const PlanArguments& arguments) {
  PELLUCID_CHECK(train::use_threads(static_cast<int>(arguments.run.threads)));
  compare::RunOptions options = arguments.run;
  options.precision = precision_of(arguments.precision, Precision::fp32);
  if (options.out.empty()) options.out = std::filesystem::path("runs") / std::filesystem::path(arguments.plan).stem();
  if (!options.quiet) {
    options.say = [](const std::string& line) { std::fprintf(stderr, "pellucid: %s\n", one_line(line).c_str()); };
  }
  return options;
}

Result<ReportOutputs> open_reports(const PlanArguments& arguments, const compare::RunOptions& options,
                                   const compare::Plan& plan) {
  PELLUCID_CHECK(check_texts_are_there(plan));
  PELLUCID_CHECK(make_folder(options.out));
  return ReportOutputs::open(arguments.report);
}

}  // namespace pellucid
