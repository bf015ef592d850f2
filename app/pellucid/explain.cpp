// pellucid explain: the words that made each prediction.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "arguments.h"
#include "attribution/method.h"
#include "commands.h"
#include "evaluate/quality.h"
#include "method_choice.h"
#include "output.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "record/decision.h"
#include "record/log.h"
#include "report/explain_texts.h"
#include "report/explanation.h"
#include "report/numbers.h"
#include "usage.h"

namespace pellucid {
namespace {

constexpr std::size_t kChunkTexts = 64;          // explained together, a part of them where they have
constexpr std::size_t kChunkBytes = 1 << 20;     // more bytes than that
constexpr std::size_t kPageExplanations = 2000;  // on one HTML page

struct Arguments {
  ModelArguments model;
  InputArguments input;
  std::optional<std::string> text;
  ExplainOptions options;
  std::string form;
  std::string output = "-";
  std::string json;
  std::string record;
  std::string log_text = "full";
  std::size_t limit = 0;
  bool quality = false;
  std::size_t random_orders = 20;
  bool quiet = false;
};

// Writes explanations in the form asked for as they come; a page, which has a frame, at the end.
class Writer {
 public:
  Writer(Output output, std::optional<Output> json, std::string form, TerminalStyle style)
      : output_(std::move(output)), json_(std::move(json)), form_(std::move(form)), style_(style) {}

  Result<void> write(std::vector<Explanation> explanations) {
    for (Explanation& explanation : explanations) {
      if (json_) PELLUCID_CHECK(json_->write(to_json(explanation) + "\n"));
      if (form_ == "jsonl") {
        PELLUCID_CHECK(output_.write(to_json(explanation) + "\n"));
      } else if (form_ == "terminal") {
        PELLUCID_CHECK(output_.write(to_terminal(explanation, style_) + "\n"));
      } else {
        page_.push_back(std::move(explanation));
        if (page_.size() > (form_ == "svg" ? 1 : kPageExplanations)) {
          return fail(ErrorCode::limit,
                      form_ == "svg" ? "expected one explanation for a picture, found more; use --text or --limit 1"
                                     : "expected at most " + std::to_string(kPageExplanations) +
                                           " explanations for a page, found more; use --limit or --as jsonl",
                      "--as " + form_);
        }
      }
    }
    return {};
  }

  Result<void> finish(const std::string& title) {
    if (form_ == "html") PELLUCID_CHECK(output_.write(to_html(page_, title)));
    if (form_ == "svg") {
      if (page_.empty()) {
        return fail(ErrorCode::not_found,
                    "expected one explanation for a picture, found none; use --text, or a file (or shard) with a text",
                    "--as svg");
      }
      PELLUCID_CHECK(output_.write(to_svg(page_.front())));
    }
    if (json_) PELLUCID_CHECK(json_->commit());
    return output_.commit();
  }

 private:
  Output output_;
  std::optional<Output> json_;
  std::string form_;
  TerminalStyle style_;
  std::vector<Explanation> page_;
};

// Writes decisions to a log before anybody sees them.
class Recording {
 public:
  // The log is made where all else is right.
  static Result<Recording> begin(const Arguments& arguments, const Classifier& classifier) {
    PELLUCID_TRY(const LogText log_text, log_text_from_name(arguments.log_text));
    PELLUCID_TRY(const ModelIdentity identity, identify(arguments.model.model, classifier));
    PELLUCID_TRY(DecisionRecorder recorder, DecisionRecorder::create(identity, classifier, log_text));
    PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.record, Access::create));
    return Recording(std::move(log), std::move(recorder));
  }

  Result<void> write(const std::vector<Explanation>& explanations, const ExplainOptions& options) {
    std::vector<Draft> drafts;
    for (const Explanation& explanation : explanations) {
      PELLUCID_TRY(drafts.emplace_back(), recorder_.draft(explanation, options));
    }
    PELLUCID_TRY(const std::vector<Entry> entries, log_.append(drafts));
    count_ += entries.size();
    if (!entries.empty()) head_ = {entries.back().number, entries.back().hash};
    return {};
  }

  void finish() const {
    std::fprintf(stderr, "pellucid: %s recorded in %s, the last as entry %lld; head %s\n",
                 counted(count_, "decision", "decisions").c_str(), log_.where().c_str(),
                 static_cast<long long>(head_.number), head_.hash.c_str());
  }

 private:
  Recording(DecisionLog log, DecisionRecorder recorder) : log_(std::move(log)), recorder_(std::move(recorder)) {}
  DecisionLog log_;
  DecisionRecorder recorder_;
  std::size_t count_ = 0;
  Head head_;
};

TerminalStyle terminal_style(const std::string& output) {
  TerminalStyle style = stdout_style();
  style.colour = style.colour && output == "-";
  const char* columns = std::getenv("COLUMNS");
  if (columns != nullptr)
    style.width = static_cast<std::size_t>(std::clamp(std::strtol(columns, nullptr, 10), 40L, 200L));
  return style;
}

Result<void> run(const Arguments& arguments) {
  if (arguments.text.has_value() != arguments.input.file.empty()) {
    return fail(ErrorCode::usage,
                "expected either an input file or --text, found " + std::string(arguments.text ? "both" : "neither"));
  }
  if (arguments.json == "-" && arguments.output == "-" && !arguments.form.empty() && arguments.form != "jsonl") {
    return fail(
        ErrorCode::usage,
        "expected one result on stdout, found two: --json - and --as " + arguments.form + "; give one of them a file",
        "--json");
  }
  const bool only_json = arguments.json == "-" && arguments.output == "-";
  PELLUCID_CHECK(check_different({arguments.output, only_json ? "" : arguments.json, arguments.record}));
  if (arguments.quality && arguments.model.long_texts == "window") {
    return fail(
        ErrorCode::usage,
        "expected texts that the model reads at once: --quality removes words from them; leave it out, or --long "
        "window");
  }
  std::optional<ShardReader> reader;
  if (!arguments.text) {
    PELLUCID_TRY(reader, open_shard(arguments.input, kChunkTexts, arguments.limit));
  }
  PELLUCID_TRY(const auto classifier, load(arguments.model, Precision::fp32));
  ExplainOptions options = arguments.options;
  options.long_texts = arguments.model.long_texts;
  if (options.methods.empty()) options.methods.emplace_back(default_method(*classifier).name);
  PELLUCID_TRY(ExplainRequest request, resolve(options, classifier->labels()));
  if (arguments.quality) {
    request.quality = {.method = request.options, .random_orders = arguments.random_orders, .others = {}};
    PELLUCID_TRY(request.quality->others, cheap_methods(*classifier));
  }

  std::string form = arguments.form;
  if (form.empty()) {
    form = !only_json && arguments.output == "-" && ::isatty(STDOUT_FILENO) != 0 ? "terminal" : "jsonl";
  }
  PELLUCID_TRY(Output output, Output::open(arguments.output));
  std::optional<Output> json;
  if (!arguments.json.empty() && !only_json) {
    PELLUCID_TRY(json, Output::open(arguments.json));
  }
  std::optional<Recording> recording;
  if (!arguments.record.empty()) {
    PELLUCID_TRY(recording, Recording::begin(arguments, *classifier));
  }
  Writer writer(std::move(output), std::move(json), form, terminal_style(arguments.output));

  Progress progress("explaining", arguments.text ? 1 : arguments.limit, "texts", arguments.quiet || arguments.text);
  std::size_t cut_texts = 0;
  std::size_t cut_pieces = 0;
  std::size_t left = kChunkTexts;  // of the chunk, so that a shard's parts are those of the whole file
  for (bool more = true; more;) {
    std::vector<Example> examples;
    if (arguments.text) {
      examples.push_back({.id = "1", .text = *arguments.text});
      more = false;
    }
    for (std::size_t bytes = 0; more && examples.size() < left && bytes < kChunkBytes;) {
      PELLUCID_TRY(std::optional<Example> example, reader->next());
      more = example.has_value();
      if (!more) break;
      bytes += example->text.size();
      examples.push_back(std::move(*example));
    }
    PELLUCID_TRY(std::vector<Explanation> explanations, explain_texts(*classifier, request, examples));
    for (std::size_t i = 0; i < explanations.size(); i += request.each()) {
      cut_texts += explanations[i].dropped_pieces > 0;
      cut_pieces += explanations[i].dropped_pieces;
    }
    if (recording) PELLUCID_CHECK(recording->write(explanations, options));
    PELLUCID_CHECK(writer.write(std::move(explanations)));
    progress.advance(examples.size());
    left = left == examples.size() ? kChunkTexts : left - examples.size();
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  PELLUCID_CHECK(writer.finish(arguments.text ? "Explanation" : "Explanations of " + arguments.input.file));
  if (recording) recording->finish();
  if (reader) report_skipped(reader->file());
  report_truncated(cut_texts, cut_pieces, classifier->max_length(), kReadsAll);
  return {};
}

std::string methods_help() {
  std::string help = "Explaining methods:\n";
  for (const Method& method : methods()) {
    help += "  " + std::string(method.name) + std::string(24 - std::min<std::size_t>(23, method.name.size()), ' ') +
            std::string(method.summary) + "\n";
  }
  return help;
}

}  // namespace

void add_explain(CLI::App& app, int& status, Loader loader) {
  auto* command = app.add_subcommand("explain", "Show the words that made each prediction");
  auto arguments = std::make_shared<Arguments>();
  arguments->model.loader = loader;
  arguments->options.methods.clear();  // until the model is known
  add_model_arguments(*command, arguments->model, "fp32");
  add_input_arguments(*command, arguments->input, false);
  add_shard_argument(*command, arguments->input);
  command->add_option("--text", arguments->text, "Explain this text")->excludes("--shard");
  command
      ->add_option("--method", arguments->options.methods, "Listed below; may be given several times [decomposition]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--target", arguments->options.targets, "Label to explain, or all [the predicted one]")
      ->allow_extra_args(false);
  command->add_option("--against", arguments->options.against,
                      "Explain the target rather than this label [the mean of all]");
  command->add_option("--unit", arguments->options.unit, "piece, word or sentence")->capture_default_str();
  command->add_option("--removal", arguments->options.removal, "How methods remove units: mask, delete or unk")
      ->capture_default_str();
  add_method_arguments(*command, arguments->options.method);
  command->add_option("--as", arguments->form, "terminal, jsonl, html or svg [terminal on a terminal, else jsonl]")
      ->check(CLI::IsMember({"terminal", "jsonl", "html", "svg"}));
  command->add_option("--output", arguments->output, "Where it goes: a file, or - for stdout")->capture_default_str();
  command->add_option("--json", arguments->json, "Write JSON lines too: a file, or - for stdout");
  command->add_option("--record", arguments->record, "Append every explanation to this decision log (pellucid record)");
  command->add_option("--log-text", arguments->log_text, "What the log keeps of texts: full, hash or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"full", "hash", "none"}));
  command->add_option("--limit", arguments->limit, "Explain the first N texts [all]")->check(positive());
  command->add_flag("--quality", arguments->quality,
                    "Judge each explanation: ok, weak or suspect (docs/measures.md); some 400 passes a text");
  command->add_option("--random-orders", arguments->random_orders, "Random orders that --quality compares with")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--seed", arguments->options.seed, "Of random choices")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer(methods_help());
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
