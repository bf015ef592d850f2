// pellucid audit: evidence by class over many texts, and what looks wrong in it.
#include <CLI/CLI.hpp>
#include <chrono>

#include "arguments.h"
#include "commands.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "progress/bars.h"
#include "report/audit_report.h"
#include "usage.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  ModelArguments model;
  InputArguments input;
  AuditRequest request;
  std::string json, html;
  bool quiet = false;
};

Result<void> run(const Arguments& arguments) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  PELLUCID_CHECK(resolve(arguments.request));
  PELLUCID_TRY(const auto classifier, load(arguments.model, Precision::fp32));
  PELLUCID_TRY(const std::vector<Example> examples, read_texts(arguments.input, classifier->labels()));
  PELLUCID_TRY(ReportOutputs outputs, ReportOutputs::open({.html = arguments.html, .json = arguments.json}));
  PELLUCID_TRY(const std::string data_sha256, sha256_file(arguments.input.file));
  AuditReport report;
  {
    Bars bars(arguments.quiet);
    PELLUCID_TRY(report, audit_report(*classifier, examples, arguments.request, std::ref(bars)));
  }
  report.data_file = arguments.input.file;
  report.data_sha256 = data_sha256;
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  report_truncated(report.truncated_texts, report.dropped_pieces, classifier->max_length(), "--max-length");
  return outputs.write({.html = [&] { return to_html(report, "Audit on " + report.data_file); },
                        .json = [&] { return to_json(report) + "\n"; },
                        .terminal = [&](const TerminalStyle& style) { return to_terminal(report, style); }});
}

}  // namespace

void add_audit(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "audit", "Evidence by class over many texts: words, shortcuts, contested predictions, likely label errors");
  auto arguments = std::make_shared<Arguments>();
  AuditRequest& request = arguments->request;
  AuditOptions& options = request.options;
  add_model_arguments(*command, arguments->model, "fp32", false);
  add_file_arguments(*command, arguments->input, false);
  command->add_option("--limit", request.limit, "Texts audited, drawn with the seed")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--method", request.method, "Explaining method")->capture_default_str();
  command
      ->add_option("--others", request.others,
                   "Methods that it is compared with for contested predictions, or none; most of the time goes there")
      ->capture_default_str()
      ->delimiter(',')
      ->allow_extra_args(false);
  add_method_arguments(*command, request.method_arguments);
  command->add_option("--removal", request.removal, "How words are removed: mask, delete or unk")
      ->capture_default_str();
  command->add_option("--min-texts", options.words.min_texts, "Fewest texts of a class with a word that is listed")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--words", options.words.count, "Words listed a class")->capture_default_str();
  command->add_option("--candidates", options.shortcuts.candidates.count, "Words tested as shortcuts, a class")
      ->capture_default_str();
  command->add_option("--test-texts", options.shortcuts.effects.texts, "Texts a word is tested on, at most")
      ->capture_default_str()
      ->check(positive());
  command
      ->add_option("--least-effect", options.shortcuts.effects.least_effect,
                   "Rise of the class's probability beyond an ordinary word's that a shortcut must exceed")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--fdr", options.shortcuts.fdr, "False discovery rate of shortcuts")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--examples", options.examples, "Contested texts and suspected labels listed")
      ->capture_default_str();
  command->add_option("--html", arguments->html, "Write a page too: a file, or - for stdout");
  command->add_option("--json", arguments->json, "Write JSON too: a file, or - for stdout");
  command->add_option("--seed", request.seed, "Of every random choice")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
