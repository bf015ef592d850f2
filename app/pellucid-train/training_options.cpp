#include "training_options.h"

#include <CLI/CLI.hpp>

#include "../pellucid/usage.h"
#include "runtime/classifier.h"
#include "train/systems/registry.h"

namespace pellucid {
namespace {

// Options that a system cannot follow are refused where they were asked for.
Result<void> check_system(const CLI::App& command, const train::Options& options) {
  PELLUCID_TRY(const train::SystemEntry* system, train::find_system(options.system));
  const auto refuse = [&](std::initializer_list<const char*> names, const std::string& why) -> Result<void> {
    for (const char* name : names) {
      if (command.count(name) > 0) return fail(ErrorCode::usage, "--system " + options.system + " " + why, name);
    }
    return {};
  };
  if (!system->attributes) {
    PELLUCID_CHECK(
        refuse({"--adjust", "--attribution-gradient", "--sufficiency", "--sufficiency-share", "--deep-supervision"},
               "has no attribution of its own; leave this option out"));
  }
  const std::string unadjusted = "with --adjust none has nothing that this is about; leave this option out";
  if (options.adjust == Adjust::none && options.sufficiency > 0) {
    PELLUCID_CHECK(refuse({"--sufficiency", "--sufficiency-share"}, unadjusted));
  }
  if (options.adjust == Adjust::none && options.deep_supervision > 0) {
    PELLUCID_CHECK(refuse({"--deep-supervision"}, unadjusted));
  }
  if (system->pretrained) {
    PELLUCID_CHECK(refuse({"--layers", "--filters", "--word-vectors"},
                          "is the pretrained encoder as it is; leave this option out"));
  }
  if (!system->takes_layers) PELLUCID_CHECK(refuse({"--layers"}, "has no such size; leave this option out"));
  if (!system->takes_alignment) {
    PELLUCID_CHECK(refuse({"--alignment"}, "has no B-cos products; leave this option out"));
  }
  if (!system->takes_filters) PELLUCID_CHECK(refuse({"--filters"}, "has no such size; leave this option out"));
  return {};
}

}  // namespace

void add_training_options(CLI::App& command, TrainingOptions& arguments) {
  train::Options& options = arguments.options;
  command.add_option("--format", arguments.format, "csv, tsv, jsonl, tab, ag-news [from the extension]");
  command.add_option("--text-column", options.reading.text_column, "Column of the text [text]");
  command.add_option("--label-column", options.reading.label_column, "Column of the label [class_name or label]");
  command.add_flag("--skip-bad-rows", options.reading.skip_bad_rows, "Count and pass over rows that cannot be read");

  std::string names = "What is trained:";
  for (const train::SystemEntry& system : train::systems()) {
    names += " " + std::string(system.name) + " (" + std::string(system.summary) + ");";
  }
  names.pop_back();
  command.add_option("--system", options.system, names)->capture_default_str();
  command.add_option("--layers", options.sizes.layers, "Of a transformer or mamba from scratch [its own number]")
      ->check(positive());
  command.add_option("--filters", options.sizes.filters, "Of a cnn, for each window [100]")->check(positive());
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
                  "Whether the attribution is trained through (through: with --adjust top alone)")
      ->capture_default_str()
      ->check(CLI::IsMember({"stop", "through"}));
  command.add_option("--max-length", options.max_length, "Tokens kept of a text [all the encoder takes]")
      ->check(positive());
  command.add_option("--epochs", options.epochs, "Passes over the data")->capture_default_str()->check(positive());
  command.add_option("--learning-rate", options.learning_rate, "Peak, after warm-up")
      ->capture_default_str()
      ->check(positive());
  command.add_option("--batch-tokens", options.batch_tokens, "Tokens a step")->capture_default_str()->check(positive());
  command.add_option("--dropout", options.dropout, "On embeddings and layer outputs")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.95));
  command.add_option("--warmup", options.warmup, "Share of the steps")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--weight-decay", options.weight_decay, "On matrices")
      ->capture_default_str()
      ->check(not_negative());
  command.add_option("--clip-norm", options.clip_norm, "Of the gradient; 0: none")
      ->capture_default_str()
      ->check(not_negative());
  command.add_option("--class-weights", arguments.class_weights, "In the cross-entropy")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "balanced"}));
  command
      .add_option("--sampling", arguments.sampling,
                  "Texts of an epoch: each once (plain), or every class equally often (balanced)")
      ->capture_default_str()
      ->check(CLI::IsMember({"plain", "balanced"}));
  command
      .add_option("--logit-adjustment", options.logit_adjustment,
                  "Times log of the classes' shares, added to the logits in the cross-entropy; 0: off")
      ->capture_default_str()
      ->check(not_negative());
  command
      .add_option("--sufficiency", options.sufficiency,
                  "Weight of: the same prediction from the most important tokens alone; 0: off")
      ->capture_default_str()
      ->check(not_negative());
  command.add_option("--sufficiency-share", options.sufficiency_share, "Share of the steps that carry it")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--masking", options.masking, "Share of texts masked at random")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--contrastive", options.contrastive, "Weight of the supervised contrastive loss")
      ->capture_default_str()
      ->check(not_negative());
  command
      .add_option("--deep-supervision", options.deep_supervision, "Weight of the unadjusted prediction's cross-entropy")
      ->capture_default_str()
      ->check(not_negative());
  command
      .add_option("--label-smoothing", options.label_smoothing,
                  "Share of each label that is given to all classes alike")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.99));
  command
      .add_option("--r-drop", options.r_drop,
                  "Weight of: the same prediction under another dropout mask; 0: off; a second pass a step")
      ->capture_default_str()
      ->check(not_negative());
  command.add_option("--ema", options.ema, "Decay of the weights' moving average; 0: off")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.99999));
  command.add_option("--patience", options.patience, "Evaluations without a better macro-F1 before stopping; 0: never")
      ->capture_default_str()
      ->check(not_negative());

  command.add_option("--precision", arguments.precision, "Of matrix products; auto: bf16 where the CPU has it")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}));
}

Result<train::Options> resolve(const CLI::App& command, const TrainingOptions& arguments) {
  train::Options options = arguments.options;
  PELLUCID_TRY(options.adjust, adjust_from_name(arguments.adjust));
  PELLUCID_CHECK(check_system(command, options));
  if (!arguments.format.empty()) {
    PELLUCID_TRY(options.reading.format, format_from_name(arguments.format));
  }
  options.word_vectors = arguments.word_vectors == "encoder";
  options.through = arguments.attribution_gradient == "through";
  if (options.through && options.adjust != Adjust::top) {
    return fail(ErrorCode::usage, "--attribution-gradient through goes with --adjust top alone");
  }
  options.balanced_class_weights = arguments.class_weights == "balanced";
  options.balanced_sampling = arguments.sampling == "balanced";
  if (options.balanced_class_weights + options.balanced_sampling + (options.logit_adjustment > 0) > 1) {
    return fail(ErrorCode::usage,
                "expected one of --class-weights balanced, --sampling balanced and --logit-adjustment, each of which "
                "makes up for unequal classes by itself; found more");
  }
  if (arguments.precision != "auto") {
    options.precision = arguments.precision == "bf16" ? Precision::bf16 : Precision::fp32;
  }
  return options;
}

}  // namespace pellucid
