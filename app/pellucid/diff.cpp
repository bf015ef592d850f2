// pellucid diff: what changed between two releases of a classifier, and whether it keeps the limits of a release.
#include "diff/diff.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "arguments.h"
#include "commands.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "progress/bars.h"
#include "report/diff.h"
#include "usage.h"
#include "version/version.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  ModelArguments a;
  std::string b;
  InputArguments input;
  std::string method;  // empty: the report method
  MethodArguments method_arguments;
  std::string removal = "mask";
  DiffOptions options;
  GateLimits limits;
  std::string json, html;
  std::uint64_t seed = 0;
  bool quiet = false;
};

Result<DiffOptions> options_of(const Arguments& arguments, const ComparedModels& models) {
  DiffOptions options = arguments.options;
  options.method = &shared_report_method(models);
  if (!arguments.method.empty()) {
    PELLUCID_TRY(options.method, find_method(arguments.method));
  }
  // Where it does not apply it says so before the work.
  for (const ComparedModel* model : {&models.a, &models.b}) {
    PELLUCID_CHECK(options.method->check_applies(*model->classifier));
  }
  const Method* method = options.method;
  PELLUCID_CHECK(set_options(arguments.method_arguments, {&method, 1}, options.method_options));
  PELLUCID_TRY(options.method_options.removal, removal_from_name(arguments.removal));
  options.method_options.seed = arguments.seed;
  return options;
}

Result<void> check_labelled(const Arguments& arguments, const std::vector<Example>& examples) {
  if (!arguments.limits.max_broken) return {};
  for (const Example& example : examples) {
    if (example.label) return {};
  }
  return fail(ErrorCode::usage,
              "expected labelled texts, against which it counts; found no label in " + arguments.input.file +
                  "; add labels, or leave it out",
              "--max-broken");
}

DiffedModel model_of(const std::string& folder, const Classifier& classifier, const Diff& diff,
                     ModelPrediction DiffText::* prediction) {
  DiffedModel model{.folder = folder, .weights_sha256 = classifier.weights_sha256()};
  for (const DiffText& text : diff.texts) {
    model.truncated_texts += (text.*prediction).dropped > 0 ? 1 : 0;
    model.dropped_pieces += (text.*prediction).dropped;
  }
  return model;
}

// Sets `status` to 1 where a limit is crossed: the report is written all the same.
Result<void> run(const Arguments& arguments, int& status) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  ModelArguments second = arguments.a;
  second.model = arguments.b;
  PELLUCID_TRY(const auto a, load(arguments.a, Precision::fp32));
  PELLUCID_TRY(const auto b, load(second, Precision::fp32));
  PELLUCID_TRY(const ComparedModels models, match_labels(*a, arguments.a.model, *b, arguments.b));
  DiffReport report;
  PELLUCID_TRY(report.options, options_of(arguments, models));
  report.data_file = arguments.input.file;
  report.classes = a->labels().names();
  report.precision = name_of(a->precision());
  report.tool = this_tool();
  PELLUCID_TRY(std::vector<Example> examples, read_texts(arguments.input, a->labels()));
  PELLUCID_CHECK(check_labelled(arguments, examples));
  PELLUCID_TRY(ReportOutputs outputs, ReportOutputs::open({.html = arguments.html, .json = arguments.json}));
  PELLUCID_TRY(report.data_sha256, sha256_file(arguments.input.file));
  {
    Bars bars(arguments.quiet);
    PELLUCID_TRY(report.diff, diff_models(models, std::move(examples), report.options, std::ref(bars)));
  }
  report.a = model_of(arguments.a.model, *a, report.diff, &DiffText::a);
  report.b = model_of(arguments.b, *b, report.diff, &DiffText::b);
  report.gate = check_gate(arguments.limits, report.diff);
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  report_truncated(report.a.truncated_texts, report.a.dropped_pieces, a->max_length(), "--max-length", "A");
  report_truncated(report.b.truncated_texts, report.b.dropped_pieces, b->max_length(), "--max-length", "B");
  PELLUCID_CHECK(outputs.write({.html = [&] { return to_html(report, "Difference on " + report.data_file); },
                                .json = [&] { return to_json(report) + "\n"; },
                                .terminal = [&](const TerminalStyle& style) { return to_terminal(report, style); }}));
  for (const GateCheck& check : report.gate) {
    if (check.kept()) continue;
    std::fprintf(stderr, "pellucid: %s: %s\n", std::string(check.option).c_str(), in_words(check).c_str());
    status = 1;
  }
  return {};
}

void add_limits(CLI::App& command, GateLimits& limits) {
  constexpr const char* kGroup = "Gate (exit status 1 where crossed)";
  command.add_option("--max-changed", limits.max_changed, "Share of texts with another label, at most")
      ->check(CLI::Range(0.0, 1.0))
      ->group(kGroup);
  command
      .add_option("--max-broken", limits.max_broken, "Share of labelled texts that A has right and B wrong, at most")
      ->check(CLI::Range(0.0, 1.0))
      ->group(kGroup);
  command.add_option("--min-overlap", limits.min_overlap, "Mean share of the --top words that both have, at least")
      ->check(CLI::Range(0.0, 1.0))
      ->group(kGroup);
  command.add_option("--min-correlation", limits.min_correlation, "Mean rank correlation of explanations, at least")
      ->check(CLI::Range(-1.0, 1.0))
      ->group(kGroup);
}

}  // namespace

void add_diff(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "diff", "What changed between two releases of a classifier, in labels and explanations; a gate for releases");
  auto arguments = std::make_shared<Arguments>();
  DiffOptions& options = arguments->options;
  command->add_option("a", arguments->a.model, "The release before: a folder (ours, or Hugging Face's)")->required();
  command->add_option("b", arguments->b, "The release after, with the same labels")->required();
  add_loading_arguments(*command, arguments->a, "fp32", false);
  add_file_arguments(*command, arguments->input, false);
  command->add_option("--limit", options.limit, "Texts explained, drawn with the seed of those that both label alike")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--method", arguments->method,
                      "Explaining method [" + std::string(kReportMethod) + ", or one that applies to both]");
  add_method_arguments(*command, arguments->method_arguments);
  command->add_option("--removal", arguments->removal, "How the method removes words: mask, delete or unk")
      ->capture_default_str();
  command->add_option("--top", options.top, "Strongest words whose overlap is measured")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--min-texts", options.words.min_texts, "Fewest texts of a class with a word that is listed")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--words", options.words.count, "Words listed a class")->capture_default_str();
  command->add_option("--examples", options.examples, "Texts of either list shown")->capture_default_str();
  add_limits(*command, arguments->limits);
  command->add_option("--html", arguments->html, "Write a page too: a file, or - for stdout");
  command->add_option("--json", arguments->json, "Write JSON too: a file, or - for stdout");
  command->add_option("--seed", arguments->seed, "Of every random choice")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments, status); }, status); });
}

}  // namespace pellucid
