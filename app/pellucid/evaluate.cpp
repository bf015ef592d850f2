// pellucid evaluate: classification metrics on labelled texts, and how faithful explanations are.
#include <CLI/CLI.hpp>
#include <chrono>

#include "arguments.h"
#include "commands.h"
#include "files/folder.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "report/evaluate_texts.h"
#include "usage.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  ModelArguments model;
  InputArguments input;
  EvaluateOptions options;
  std::string explain_precision;  // empty: that of the predictions
  std::size_t examples = 12;
  std::string json, html;
  bool quiet = false;
};

EvaluateOptions options_of(const Arguments& arguments) {
  EvaluateOptions options = arguments.options;
  options.long_texts = arguments.model.long_texts;
  if (!arguments.html.empty()) options.examples = arguments.examples;
  if (!arguments.explain_precision.empty())
    options.explain_precision = precision_of(arguments.explain_precision, Precision::fp32);
  return options;
}

Result<std::optional<Shard>> shard_of(const Arguments& arguments) {
  if (arguments.input.shard.empty()) return std::optional<Shard>();
  if (arguments.options.parts.empty() || !arguments.json.empty() || !arguments.html.empty()) {
    return fail(ErrorCode::usage,
                "expected --parts FOLDER and no report, which the same command without --shard makes when all parts "
                "are there",
                "--shard");
  }
  return shard_from_text(arguments.input.shard);
}

Result<void> run(const Arguments& arguments) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  const EvaluateOptions options = options_of(arguments);
  PELLUCID_CHECK(check(options));
  PELLUCID_TRY(const std::optional<Shard> shard, shard_of(arguments));
  const bool explains = options.faithfulness || options.quality_study || options.stability || !arguments.html.empty();
  const Precision automatic = cpu_has(Precision::bf16) && !explains ? Precision::bf16 : Precision::fp32;
  PELLUCID_TRY(const auto classifier, load(arguments.model, automatic));
  PELLUCID_TRY(const EvaluateRequest request, resolve(options, *classifier));
  PELLUCID_TRY(std::vector<Example> examples, read_texts(arguments.input, classifier->labels(), true));
  const EvaluatedModel model{*classifier, arguments.model.model, [&](Precision precision) {
                               return arguments.model.loader(
                                   arguments.model.model,
                                   {.precision = precision, .max_length = classifier->max_length()});
                             }};
  if (shard) {
    PELLUCID_CHECK(evaluate_shard(model, request, std::move(examples), *shard, arguments.quiet));
    if (!arguments.quiet) {
      std::fprintf(stderr,
                   "pellucid: shard %s is in %s; the same command without --shard makes the report when all are\n",
                   arguments.input.shard.c_str(), options.parts.c_str());
    }
    return {};
  }
  if (!options.parts.empty()) PELLUCID_CHECK(make_folder(options.parts));  // reports may go there
  PELLUCID_TRY(ReportOutputs outputs, ReportOutputs::open({.html = arguments.html, .json = arguments.json}));
  PELLUCID_TRY(const std::string data_sha256, sha256_file(arguments.input.file));
  PELLUCID_TRY(EvaluatedTexts found, evaluate_texts(model, request, std::move(examples), arguments.quiet));
  Evaluation& evaluation = found.evaluation;
  evaluation.data_file = arguments.input.file;
  evaluation.data_sha256 = data_sha256;
  evaluation.seconds = std::chrono::duration<double>(Clock::now() - start).count();

  report_truncated(evaluation.truncated_texts, evaluation.dropped_pieces, classifier->max_length(), kReadsAll);
  return outputs.write(
      {.html = [&] { return to_html(evaluation, found.explanations, "Evaluation on " + evaluation.data_file); },
       .json = [&] { return to_json(evaluation) + "\n"; },
       .terminal = [&](const TerminalStyle& style) { return to_terminal(evaluation, style); }});
}

std::string measures_help() {
  std::string help = "Measures:\n";
  for (const Measure& measure : measures()) {
    help += "  " + std::string(measure.name) + std::string(30 - std::min<std::size_t>(29, measure.name.size()), ' ') +
            std::string(measure.summary) +
            (measure.better == Better::higher ? "; higher is better\n" : "; lower is better\n");
  }
  return help;
}

}  // namespace

void add_evaluate(CLI::App& app, int& status, Loader loader) {
  auto* command = app.add_subcommand("evaluate", "Measure a classifier on labelled texts, and its explanations");
  auto arguments = std::make_shared<Arguments>();
  EvaluateOptions& options = arguments->options;
  arguments->model.loader = loader;
  add_model_arguments(*command, arguments->model, "bf16 where the CPU has it, fp32 if anything is explained");
  add_file_arguments(*command, arguments->input, true);
  command->add_flag("--faithfulness", options.faithfulness, "Measure explanations too");
  command->add_flag("--quality-study", options.quality_study,
                    "Measure what the verdicts of explain --quality mean: wrong predictions by verdict");
  command->add_flag("--stability", options.stability,
                    "Measure how explanations change with batch, threads, precision, typos, synonyms");
  add_methods_argument(*command, options.methods);
  add_method_arguments(*command, options.method);
  command->add_option("--measures", options.measures, "Measures of explanations, listed below, or all")
      ->capture_default_str()
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--sort-by", options.sort_by, "The measure that orders the table of methods [difference]");
  command->add_option("--bins", options.bins, "Shares of units removed: eraser, deciles or curve")
      ->capture_default_str();
  command->add_option("--unit", options.unit, "piece, word or sentence")->capture_default_str();
  command->add_option("--removal", options.removal, "mask, delete or unk")->capture_default_str();
  command
      ->add_option("--explain-precision", arguments->explain_precision,
                   "Of --faithfulness's explanations, where predictions have another: fp32, bf16 or int8 [--precision]")
      ->check(CLI::IsMember({"fp32", "bf16", "int8"}));
  command->add_option("--limit", options.limit, "Texts whose explanations are measured, drawn with the seed")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--parts", options.parts,
                      "Keep --faithfulness's finished parts in this folder, and go on from those that are there");
  command->add_option("--shard", arguments->input.shard,
                      "K/N: only the K-th of N parts of these texts, into --parts; then the command without it");
  command->add_option("--html", arguments->html, "Write a page too: a file, or - for stdout");
  command->add_option("--examples", arguments->examples, "Explanations on the page")->capture_default_str();
  command->add_option("--json", arguments->json, "Write JSON too: a file, or - for stdout");
  command->add_option("--seed", options.seed, "Of intervals, tests, random choices")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer(measures_help());
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
