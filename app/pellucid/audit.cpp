// pellucid audit: evidence by class over many texts, and what looks wrong in it.
#include "audit/audit.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>

#include "arguments.h"
#include "commands.h"
#include "data/split.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "report/audit.h"
#include "version/version.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  ModelArguments model;
  InputArguments input;
  std::string method{kDefaultMethod};
  std::vector<std::string> others{"integrated-gradients", "occlusion"};
  MethodArguments method_arguments;
  std::string removal = "mask";
  std::size_t limit = 500;
  AuditOptions options;
  std::string json, html;
  std::uint64_t seed = 0;
  bool quiet = false;
};

Result<AuditOptions> options_of(const Arguments& arguments) {
  AuditOptions options = arguments.options;
  PELLUCID_TRY(options.method, find_method(arguments.method));
  for (const std::string& name : arguments.others) {
    if (arguments.others == std::vector<std::string>{"none"}) break;
    PELLUCID_TRY(const Method* other, find_method(name));
    if (other != options.method) options.others.push_back(other);
  }
  std::vector<const Method*> all = options.others;
  all.push_back(options.method);
  PELLUCID_CHECK(set_options(arguments.method_arguments, all, options.method_options));
  PELLUCID_TRY(options.method_options.removal, removal_from_name(arguments.removal));
  options.method_options.seed = arguments.seed;
  options.shortcuts.candidates.min_texts = options.words.min_texts;
  return options;
}

// As many of them as are audited, in their order.
std::vector<Example> drawn(std::vector<Example> examples, const Arguments& arguments) {
  std::vector<Example> chosen;
  for (const std::size_t i : draw(examples.size(), arguments.limit, arguments.seed)) {
    chosen.push_back(std::move(examples[i]));
  }
  return chosen;
}

Result<void> run(const Arguments& arguments) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  AuditReport report;
  report.seed = arguments.seed;
  PELLUCID_TRY(report.options, options_of(arguments));
  PELLUCID_TRY(const auto classifier, load(arguments.model, Precision::fp32));
  report.data_file = arguments.input.file;
  report.classes = classifier->labels().names();
  report.precision = name_of(classifier->precision());
  report.weights_sha256 = classifier->weights_sha256();
  report.tool = this_tool();
  PELLUCID_TRY(std::vector<Example> examples, read_texts(arguments.input, classifier->labels()));
  report.n = examples.size();
  PELLUCID_TRY(report.data_sha256, sha256_file(arguments.input.file));
  {
    Bars bars(arguments.quiet);
    PELLUCID_TRY(report.audit,
                 audit_texts(*classifier, drawn(std::move(examples), arguments), report.options, std::ref(bars)));
  }
  for (const AuditedText& text : report.audit.texts.texts) {
    report.truncated_texts += text.encoding.dropped > 0;
    report.dropped_pieces += text.encoding.dropped;
  }
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (report.truncated_texts > 0) {
    std::fprintf(stderr, "pellucid: %zu texts longer than %zu tokens cut: %zu word pieces not read (--max-length)\n",
                 report.truncated_texts, classifier->max_length(), report.dropped_pieces);
  }
  if (!arguments.html.empty()) {
    PELLUCID_CHECK(write_output(arguments.html, to_html(report, "Audit on " + report.data_file)));
  }
  if (!arguments.json.empty()) PELLUCID_CHECK(write_output(arguments.json, to_json(report) + "\n"));
  if (arguments.json == "-" || arguments.html == "-") return {};
  const TerminalStyle style{.colour = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
  return write_output("-", to_terminal(report, style));
}

}  // namespace

void add_audit(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "audit", "Evidence by class over many texts: words, shortcuts, contested predictions, likely label errors");
  auto arguments = std::make_shared<Arguments>();
  AuditOptions& options = arguments->options;
  add_model_arguments(*command, arguments->model, "fp32", false);
  add_file_arguments(*command, arguments->input);
  command->add_option("--limit", arguments->limit, "Texts audited, drawn with the seed")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--method", arguments->method, "Explaining method")->capture_default_str();
  command
      ->add_option("--others", arguments->others,
                   "Methods that it is compared with for contested predictions, or none; most of the time goes there")
      ->capture_default_str()
      ->delimiter(',')
      ->allow_extra_args(false);
  add_method_arguments(*command, arguments->method_arguments);
  command->add_option("--removal", arguments->removal, "How words are removed: mask, delete or unk")
      ->capture_default_str();
  command->add_option("--min-texts", options.words.min_texts, "Fewest texts of a class with a word that is listed")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--words", options.words.count, "Words listed a class")->capture_default_str();
  command->add_option("--candidates", options.shortcuts.candidates.count, "Words tested as shortcuts, a class")
      ->capture_default_str();
  command->add_option("--test-texts", options.shortcuts.effects.texts, "Texts a word is tested on, at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
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
  command->add_option("--seed", arguments->seed, "Of every random choice")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
