// pellucid train: options in, a model folder out.
#include "train/train.h"

#include <omp.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "../pellucid/output.h"
#include "commands.h"
#include "progress/interrupt.h"
#include "report/escape.h"
#include "report/numbers.h"
#include "train/collective.h"
#include "train/threads.h"
#include "training_options.h"

namespace pellucid {
namespace {

struct Arguments {
  TrainingOptions training;
  std::string json, config;
  int threads = omp_get_max_threads();
  unsigned timeout = 600;
  std::optional<pid_t> parent;
};

std::string in_words(const train::Outcome& outcome) {
  if (outcome.already_complete) return outcome.model.string() + " is complete already\n";
  return outcome.model.string() + ": " + std::to_string(outcome.steps) + " steps, best at " +
         std::to_string(outcome.best_step) + "; validation accuracy " + fixed(outcome.validation_accuracy, 4) +
         ", macro-F1 " + fixed(outcome.validation_macro_f1, 4) + "; " + fixed(outcome.seconds, 0) + " s, " +
         fixed(outcome.tokens_per_second, 0) + " tokens/s\n";
}

Result<void> run(const CLI::App& command, const Arguments& arguments, train::Collective& collective) {
  if (arguments.parent) end_with_parent(*arguments.parent);
  PELLUCID_TRY(const train::Options options, resolve(command, arguments.training));
  PELLUCID_CHECK(train::use_threads(arguments.threads));
  PELLUCID_TRY(collective, train::Collective::join(std::chrono::seconds(arguments.timeout)));
  ReportOutputs outputs;
  if (collective.first()) {
    PELLUCID_TRY(outputs, ReportOutputs::open({.json = arguments.json}));
  }

  PELLUCID_TRY(const train::Outcome outcome, train::train(options, collective));
  if (!collective.first()) return {};
  const nlohmann::ordered_json json = {
      {"schema", "pellucid.training/1"},
      {"model", outcome.model.string()},
      {"already_complete", outcome.already_complete},
      {"steps", outcome.steps},
      {"best_step", outcome.best_step},
      {"stopped_early", outcome.stopped_early},
      {"validation", {{"accuracy", outcome.validation_accuracy}, {"macro_f1", outcome.validation_macro_f1}}},
      {"seconds", outcome.seconds},
      {"tokens_per_second", outcome.tokens_per_second}};
  return outputs.write({.json = [&] { return json.dump() + "\n"; },
                        .terminal = [&](const TerminalStyle&) { return in_words(outcome); }});
}

}  // namespace

void add_train(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("train", "Fine-tune a classifier on labelled texts");
  auto arguments = std::make_shared<Arguments>();
  train::Options& options = arguments->training.options;
  command->add_option("--data", options.data, "Labelled texts to train on: csv, tsv, jsonl, tab")->required();
  command->add_option("--validation", options.validation,
                      "Labelled texts to choose the best weights by [a part of --data]");
  command->add_option("--hold-out", options.hold_out, "That part, where no --validation is given")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 0.9));
  command->add_option("--model", options.model, "Pretrained encoder: a folder, or a bundled name")
      ->capture_default_str();
  command->add_option("--out", options.out, "Folder of the trained model")->required();
  command->add_flag("--resume", options.resume, "Go on with an interrupted run");
  add_training_options(*command, arguments->training);
  command->add_option("--seed", options.seed, "Of every random choice")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, train::kLargestSeed));
  command->add_flag("--quiet", options.quiet, "No progress");
  command->add_option("--threads", arguments->threads, "CPU threads of a process [OMP_NUM_THREADS, or all cores]")
      ->check(CLI::Range(1, 1024));
  command->add_option("--device", options.device, "Where it is computed: cpu, or cuda (a GPU, with a torch for it)")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  command->add_option("--accumulate", options.accumulate, "Parts in which a process computes a step: less memory")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command
      ->add_option(
          "--timeout", arguments->timeout,
          "Of several processes (torchrun --no-python pellucid train …): seconds that one waits for the others")
      ->capture_default_str()
      ->check(CLI::Range(1, 86400));
  command->add_option(
      "--parent", arguments->parent,
      "Of a program that starts this one: its process; where it ends, training saves its state and stops");
  command->add_option("--json", arguments->json, "Write the outcome as JSON to this file, or - for stdout");
  command->add_option("--config", arguments->config,
                      "Options from a TOML file, by the same names; the command line wins");  // with_config reads it
  command->callback([command, arguments, &status] {
    train::Collective collective;
    if (const auto done = run(*command, *arguments, collective); !done) {
      if (collective.may_complain()) {
        std::fprintf(stderr, "pellucid: %s\n", one_line(describe(done.error())).c_str());
      }
      status = exit_status(done.error());
      collective.give_up(status);
    }
  });
}

}  // namespace pellucid
