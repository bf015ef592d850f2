// pellucid train: options in, a model folder out.
#include "train/train.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "commands.h"
#include "files/atomic_file.h"
#include "runtime/classifier.h"
#include "train/systems/registry.h"
#include "train/threads.h"

namespace pellucid {
namespace {

struct Arguments {
  train::Options options;
  std::string format, adjust = "top", attribution_gradient = "stop", word_vectors = "random", class_weights = "none",
                      precision = "auto";
  std::string json;
  unsigned threads = std::thread::hardware_concurrency();
};

void add_options(CLI::App& command, Arguments& arguments) {
  train::Options& options = arguments.options;
  command.add_option("--data", options.data, "Labelled texts to train on: csv, tsv, jsonl, tab")->required();
  command.add_option("--validation", options.validation,
                     "Labelled texts to choose the best weights by [a part of --data]");
  command.add_option("--hold-out", options.hold_out, "That part, where no --validation is given")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 0.9));
  command.add_option("--model", options.model, "Pretrained encoder: a folder, or a bundled name")
      ->capture_default_str();
  command.add_option("--out", options.out, "Folder of the trained model")->required();
  command.add_flag("--resume", options.resume, "Go on with an interrupted run");
  command.add_option("--format", arguments.format, "csv, tsv, jsonl, tab, ag-news [from the extension]");
  command.add_option("--text-column", options.reading.text_column, "Column of the text [text]");
  command.add_option("--label-column", options.reading.label_column, "Column of the label [label, class_name]");
  command.add_flag("--skip-bad-rows", options.reading.skip_bad_rows, "Count and pass over rows that cannot be read");

  std::string names = "What is trained:";
  for (const train::SystemEntry& system : train::systems()) {
    names += " " + std::string(system.name) + " (" + std::string(system.summary) + ");";
  }
  names.pop_back();
  command.add_option("--system", options.system, names)->capture_default_str();
  command.add_option("--layers", options.sizes.layers, "Of a transformer or mamba from scratch [its own number]")
      ->check(CLI::PositiveNumber);
  command.add_option("--filters", options.sizes.filters, "Of a cnn, for each window [100]")->check(CLI::PositiveNumber);
  command.add_option("--alignment", options.sizes.alignment, "Of bcos: how much weights must align, its B [1.5]")
      ->check(CLI::Range(1.0, train::kLargestAlignment));
  command
      .add_option("--word-vectors", arguments.word_vectors,
                  "What the word embeddings of a system from scratch begin as: random, or those of the encoder")
      ->capture_default_str()
      ->check(CLI::IsMember({"random", "encoder"}));
  command
      .add_option("--adjust", arguments.adjust,
                  "What weighs the tokens: none (plain mean), top (the context layer's "
                  "attention attribution), input (the exact decomposition; twice the cost)")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "top", "input"}));
  command
      .add_option("--attribution-gradient", arguments.attribution_gradient,
                  "Whether the attribution is trained through")
      ->capture_default_str()
      ->check(CLI::IsMember({"stop", "through"}));
  command.add_option("--max-length", options.max_length, "Tokens kept of a text [all the encoder takes]")
      ->check(CLI::PositiveNumber);
  command.add_option("--epochs", options.epochs, "Passes over the data")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--learning-rate", options.learning_rate, "Peak, after warm-up")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--batch-tokens", options.batch_tokens, "Tokens a step")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--dropout", options.dropout, "On embeddings and layer outputs")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.95));
  command.add_option("--warmup", options.warmup, "Share of the steps")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--weight-decay", options.weight_decay, "On matrices")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--clip-norm", options.clip_norm, "Of the gradient; 0: none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--class-weights", arguments.class_weights, "In the cross-entropy")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "balanced"}));
  command
      .add_option("--sufficiency", options.sufficiency,
                  "Weight of: the same prediction from the most important tokens alone; 0: off")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--sufficiency-share", options.sufficiency_share, "Share of the steps that carry it")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--masking", options.masking, "Share of texts masked at random")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--contrastive", options.contrastive, "Weight of the supervised contrastive loss")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--deep-supervision", options.deep_supervision, "Weight of the unadjusted prediction's cross-entropy")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--label-smoothing", options.label_smoothing,
                  "Share of each label that is given to all classes alike")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.99));
  command
      .add_option("--r-drop", options.r_drop,
                  "Weight of: the same prediction under another dropout mask; 0: off; a second pass a step")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--ema", options.ema, "Decay of the weights' moving average; 0: off")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.99999));
  command.add_option("--patience", options.patience, "Evaluations without a better macro-F1 before stopping; 0: never")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);

  command.add_option("--precision", arguments.precision, "Of matrix products; auto: bf16 where the CPU has it")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}));
  command.add_option("--threads", arguments.threads, "CPU threads")->capture_default_str()->check(CLI::PositiveNumber);
  command.add_option("--seed", options.seed, "Of every random choice")->capture_default_str();
  command.add_flag("--quiet", options.quiet, "No progress");
  command.add_option("--json", arguments.json, "Write the outcome as JSON to this file, or - for stdout");
  command.set_config("--config", "", "Options from a TOML file, by the same names; the command line wins");
}

// Options that a system cannot follow are refused where they were asked for.
Result<void> check_system(const CLI::App& command, const Arguments& arguments) {
  PELLUCID_TRY(const train::SystemEntry* system, train::find_system(arguments.options.system));
  const auto refuse = [&](std::initializer_list<const char*> names, const std::string& why) -> Result<void> {
    for (const char* name : names) {
      if (command.count(name) > 0)
        return fail(ErrorCode::usage, "--system " + arguments.options.system + " " + why, name);
    }
    return {};
  };
  if (!system->attributes) {
    PELLUCID_CHECK(
        refuse({"--adjust", "--attribution-gradient", "--sufficiency", "--sufficiency-share", "--deep-supervision"},
               "has no attribution of its own; leave this option out"));
  }
  if (system->name != "bcos") PELLUCID_CHECK(refuse({"--alignment"}, "has no B-cos products; leave this option out"));
  if (system->pretrained) {
    PELLUCID_CHECK(refuse({"--layers", "--filters", "--word-vectors"},
                          "is the pretrained encoder as it is; leave this option out"));
  }
  return {};
}

Result<void> run(const CLI::App& command, Arguments& arguments) {
  PELLUCID_CHECK(check_system(command, arguments));
  train::Options& options = arguments.options;
  if (!arguments.format.empty()) {
    PELLUCID_TRY(options.reading.format, format_from_name(arguments.format));
  }
  PELLUCID_TRY(options.adjust, adjust_from_name(arguments.adjust));
  options.word_vectors = arguments.word_vectors == "encoder";
  options.through = arguments.attribution_gradient == "through";
  if (options.through && options.adjust != Adjust::top) {
    return fail(ErrorCode::usage, "--attribution-gradient through goes with --adjust top alone");
  }
  options.balanced_class_weights = arguments.class_weights == "balanced";
  options.bf16 = arguments.precision == "bf16" || (arguments.precision == "auto" && cpu_has(Precision::bf16));
  train::use_threads(static_cast<int>(arguments.threads));

  PELLUCID_TRY(const train::Outcome outcome, train::train(options));
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
  if (arguments.json == "-") {
    std::cout << json.dump() << std::endl;
    return {};
  }
  if (!arguments.json.empty()) PELLUCID_CHECK(write_file(arguments.json, json.dump(2) + "\n"));
  if (outcome.already_complete) {
    std::printf("%s is complete already\n", outcome.model.c_str());
  } else {
    std::printf("%s: %ld steps, best at %ld; validation accuracy %.4f, macro-F1 %.4f; %.0f s, %.0f tokens/s\n",
                outcome.model.c_str(), outcome.steps, outcome.best_step, outcome.validation_accuracy,
                outcome.validation_macro_f1, outcome.seconds, outcome.tokens_per_second);
  }
  return {};
}

}  // namespace

void add_train(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("train", "Fine-tune a classifier on labelled texts");
  auto arguments = std::make_shared<Arguments>();
  add_options(*command, *arguments);
  command->callback([command, arguments, &status] {
    if (const auto done = run(*command, *arguments); !done) {
      std::fprintf(stderr, "pellucid: %s\n", describe(done.error()).c_str());
      status = exit_status(done.error());
    }
  });
}

}  // namespace pellucid
