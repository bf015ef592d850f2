// pellucid explain: the words that made each prediction.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "arguments.h"
#include "attribution/method.h"
#include "attribution/windows.h"
#include "commands.h"
#include "evaluate/quality.h"
#include "method_choice.h"
#include "output.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/explanation.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunkTexts = 64;          // explained together
constexpr std::size_t kPageExplanations = 2000;  // on one HTML page

struct Arguments {
  ModelArguments model;
  InputArguments input;
  std::optional<std::string> text;
  std::vector<std::string> methods{std::string(kDefaultMethod)};
  MethodArguments method;
  std::vector<std::string> targets;
  std::string against;
  std::string unit = "word";
  std::string removal = "mask";
  std::string form;
  std::string output = "-";
  std::string json;
  std::size_t limit = 0;
  bool quality = false;
  std::size_t random_orders = 20;
  std::uint64_t seed = 0;
  bool quiet = false;
};

struct Request {
  std::vector<const Method*> methods;
  std::vector<Target> targets;
  Unit unit = Unit::word;
  MethodOptions options;
  std::optional<QualityOptions> quality;  // where asked for
};

Result<std::int32_t> label_index(const LabelSet& labels, const std::string& name, const char* option) {
  if (const auto index = labels.index(name)) return *index;
  std::string known;
  for (const std::string& label : labels.names()) known += (known.empty() ? "" : ", ") + label;
  return fail(ErrorCode::usage, "expected one of the model's labels (" + known + "), found '" + name + "'", option);
}

Result<Request> request_of(const Arguments& arguments, const LabelSet& labels) {
  Request request;
  for (const std::string& name : arguments.methods) {
    PELLUCID_TRY(const Method* method, find_method(name));
    request.methods.push_back(method);
  }
  std::int32_t against = kMean;
  if (!arguments.against.empty()) {
    PELLUCID_TRY(against, label_index(labels, arguments.against, "--against"));
  }
  for (const std::string& name : arguments.targets) {
    if (name == "all") {
      for (std::size_t c = 0; c < labels.size(); ++c)
        request.targets.push_back({static_cast<std::int32_t>(c), against});
      continue;
    }
    PELLUCID_TRY(const std::int32_t label, label_index(labels, name, "--target"));
    if (label == against)
      return fail(ErrorCode::usage, "expected two different labels, found '" + name + "' twice", "--against");
    request.targets.push_back({label, against});
  }
  if (request.targets.empty()) request.targets.push_back({kPredicted, against});
  PELLUCID_TRY(request.unit, unit_from_name(arguments.unit));
  PELLUCID_TRY(request.options.removal, removal_from_name(arguments.removal));
  request.options.seed = arguments.seed;
  PELLUCID_CHECK(set_options(arguments.method, request.methods, request.options));
  return request;
}

// All methods and targets of each text, text after text.
Result<std::vector<Explanation>> explain(Classifier& classifier, const Request& request, const ModelArguments& reading,
                                         const std::vector<Example>& examples) {
  std::vector<Encoding> encodings;
  std::vector<Units> units;
  for (const Example& example : examples) {
    encodings.push_back(encode(reading, classifier, example.text));
    units.push_back(units_of(example.text, encodings.back(), request.unit));
  }
  const std::size_t each = request.methods.size() * request.targets.size();
  std::vector<Explanation> explanations(examples.size() * each);
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    for (const Target& target : request.targets) inputs.push_back({&encodings[i], &units[i], target});
  }
  for (std::size_t m = 0; m < request.methods.size(); ++m) {
    const auto start = Clock::now();
    PELLUCID_TRY(const auto found, explain_in_windows(classifier, *request.methods[m], inputs, request.options));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::vector<std::optional<Quality>> quality(found.size());
    if (request.quality) {
      PELLUCID_TRY(quality, qualities(*request.methods[m], classifier, inputs, found, *request.quality));
    }
    for (std::size_t k = 0; k < found.size(); ++k) {
      const std::size_t i = k / request.targets.size();
      const std::size_t t = k % request.targets.size();
      PELLUCID_CHECK(check_finite(found[k].logits, "text " + examples[i].id));
      Explanation explanation = make_explanation(examples[i].id, examples[i].text, encodings[i], found[k],
                                                 *request.methods[m], request.unit, classifier);
      explanation.gold = examples[i].label;
      explanation.quality = quality[k];
      explanation.windows = windows_of(encodings[i], classifier.max_length()).size();
      explanation.seconds = seconds / static_cast<double>(found.size());
      explanations[i * each + m * request.targets.size() + t] = std::move(explanation);
    }
  }
  return explanations;
}

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
    if (form_ == "svg") PELLUCID_CHECK(output_.write(to_svg(page_.front())));
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

TerminalStyle terminal_style(const std::string& output) {
  TerminalStyle style;
  const char* columns = std::getenv("COLUMNS");
  style.colour = output == "-" && ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  if (columns != nullptr)
    style.width = static_cast<std::size_t>(std::clamp(std::strtol(columns, nullptr, 10), 40L, 200L));
  return style;
}

Result<void> run(const Arguments& arguments) {
  if (arguments.text.has_value() != arguments.input.file.empty()) {
    return fail(ErrorCode::usage,
                "expected either an input file or --text, found " + std::string(arguments.text ? "both" : "neither"));
  }
  if (std::ranges::find(arguments.targets, "all") != arguments.targets.end()) {
    if (arguments.targets.size() > 1) return fail(ErrorCode::usage, "expected all or labels, found both", "--target");
    if (!arguments.against.empty()) {
      return fail(ErrorCode::usage, "expected labels with --against, found all", "--target");
    }
  }
  if (arguments.quality && arguments.model.long_texts == "window") {
    return fail(
        ErrorCode::usage,
        "expected texts that the model reads at once: --quality removes words from them; leave it out, or --long "
        "window");
  }
  std::optional<ExampleReader> reader;
  if (!arguments.text) {
    PELLUCID_TRY(reader, open_input(arguments.input, false));
  }
  PELLUCID_TRY(const auto classifier, load(arguments.model, Precision::fp32));
  PELLUCID_TRY(Request request, request_of(arguments, classifier->labels()));
  if (arguments.quality) {
    request.quality = {.method = request.options, .random_orders = arguments.random_orders, .others = {}};
    PELLUCID_TRY(request.quality->others, cheap_methods(*classifier));
  }

  std::string form = arguments.form;
  if (form.empty()) form = arguments.output == "-" && ::isatty(STDOUT_FILENO) != 0 ? "terminal" : "jsonl";
  PELLUCID_TRY(Output output, Output::open(arguments.output));
  std::optional<Output> json;
  if (!arguments.json.empty()) {
    PELLUCID_TRY(json, Output::open(arguments.json));
  }
  Writer writer(std::move(output), std::move(json), form, terminal_style(arguments.output));

  Progress progress("explaining", arguments.text ? 1 : arguments.limit, "texts", arguments.quiet || arguments.text);
  std::size_t cut_texts = 0;
  std::size_t cut_pieces = 0;
  std::size_t texts = 0;
  for (bool more = true; more;) {
    std::vector<Example> examples;
    if (arguments.text) {
      examples.push_back({.id = "1", .text = *arguments.text});
      more = false;
    }
    while (more && examples.size() < kChunkTexts) {
      more = arguments.limit == 0 || texts + examples.size() < arguments.limit;
      if (!more) break;
      PELLUCID_TRY(std::optional<Example> example, reader->next());
      more = example.has_value();
      if (more) examples.push_back(std::move(*example));
    }
    texts += examples.size();
    PELLUCID_TRY(std::vector<Explanation> explanations, explain(*classifier, request, arguments.model, examples));
    const std::size_t each = request.methods.size() * request.targets.size();
    for (std::size_t i = 0; i < explanations.size(); i += each) {
      cut_texts += explanations[i].dropped_pieces > 0;
      cut_pieces += explanations[i].dropped_pieces;
    }
    PELLUCID_CHECK(writer.write(std::move(explanations)));
    progress.advance(examples.size());
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  PELLUCID_CHECK(writer.finish(arguments.text ? "Explanation" : "Explanations of " + arguments.input.file));
  if (reader) report_skipped(*reader);
  report_truncated(cut_texts, cut_pieces, classifier->max_length());
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

void add_explain(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("explain", "Show the words that made each prediction");
  auto arguments = std::make_shared<Arguments>();
  add_model_arguments(*command, arguments->model, "fp32");
  add_input_arguments(*command, arguments->input, false);
  command->add_option("--text", arguments->text, "Explain this text");
  command->add_option("--method", arguments->methods, "Listed below; may be given several times")
      ->capture_default_str()
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--target", arguments->targets, "Label to explain, or all [the predicted one]")
      ->allow_extra_args(false);
  command->add_option("--against", arguments->against, "Explain the target rather than this label [the mean of all]");
  command->add_option("--unit", arguments->unit, "piece, word or sentence")->capture_default_str();
  command->add_option("--removal", arguments->removal, "How methods remove units: mask, delete or unk")
      ->capture_default_str();
  add_method_arguments(*command, arguments->method);
  command->add_option("--as", arguments->form, "terminal, jsonl, html or svg [terminal on a terminal, else jsonl]")
      ->check(CLI::IsMember({"terminal", "jsonl", "html", "svg"}));
  command->add_option("--output", arguments->output, "Where it goes: a file, or - for stdout")->capture_default_str();
  command->add_option("--json", arguments->json, "Write JSON lines too: a file, or - for stdout");
  command->add_option("--limit", arguments->limit, "Explain the first N texts [all]")->check(CLI::PositiveNumber);
  command->add_flag("--quality", arguments->quality,
                    "Judge each explanation: ok, weak or suspect (docs/measures.md); some 400 passes a text");
  command->add_option("--random-orders", arguments->random_orders, "Random orders that --quality compares with")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--seed", arguments->seed, "Of random choices")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer(methods_help());
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
