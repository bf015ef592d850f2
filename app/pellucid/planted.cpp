// pellucid planted: plants a word that decides the label, trains, and asks which explanations find it.
#include "evaluate/planted.h"

#include <omp.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arguments.h"
#include "checkpoint/model_folder.h"
#include "commands.h"
#include "evaluate/method_comparison.h"
#include "files/folder.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/planted.h"
#include "usage.h"
#include "version/version.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Arguments {
  InputArguments input;
  std::string model = "minilm";
  std::string out;
  PlantingOptions planting;
  int epochs = 1;
  std::vector<std::string> methods;  // empty: the usual ones
  std::string removal = "mask";
  std::string json;
  unsigned threads = static_cast<unsigned>(omp_get_max_threads());
  bool quiet = false;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string json_line(const std::string& id, const std::string& text, const std::string& label,
                      std::span<const ByteRange> evidence) {
  nlohmann::ordered_json line = {{"id", id}, {"text", text}, {"label", label}};
  for (const ByteRange& range : evidence) line["evidence"].push_back({{"begin", range.begin}, {"end", range.end}});
  return line.dump() + "\n";
}

Result<void> write_texts(const fs::path& out, const std::vector<Example>& examples, const Planting& planting) {
  PELLUCID_CHECK(make_folder(out));
  std::string training;
  for (const Example& text : planting.training) training += json_line(text.id, text.text, *text.label, text.evidence);
  PELLUCID_CHECK(write_file(out / "train.jsonl", training));
  std::string held_out;
  for (const PlantedText& text : planting.held_out) {
    held_out += json_line(examples[text.source].id, text.text,
                          planting.labels.name(static_cast<std::size_t>(text.label)), {&text.word, 1});
  }
  return write_file(out / "held-out.jsonl", held_out);
}

Result<void> train(const Arguments& arguments, const std::vector<std::string>& further) {
  const fs::path out = arguments.out;
  std::vector<std::string> options = {
      "--data",    (out / "train.jsonl").string(),    "--model",      arguments.model,
      "--out",     (out / "model").string(),          "--max-length", std::to_string(arguments.planting.max_length),
      "--epochs",  std::to_string(arguments.epochs),  "--seed",       std::to_string(arguments.planting.seed),
      "--threads", std::to_string(arguments.threads), "--resume"};
  if (arguments.quiet) options.emplace_back("--quiet");
  options.insert(options.end(), further.begin(), further.end());
  return run_training(std::move(options));
}

Result<void> run(const Arguments& arguments, const std::vector<std::string>& further) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  MethodOptions options{.seed = arguments.planting.seed};
  PELLUCID_TRY(options.removal, removal_from_name(arguments.removal));
  for (const std::string& name : arguments.methods) {  // a wrong name is told before the training
    if (name != "all") PELLUCID_CHECK(find_method(name));
  }
  PELLUCID_TRY(const ModelFolder encoder, open_model_folder(arguments.model));
  PELLUCID_TRY(const Tokenizer tokenizer, Tokenizer::load(encoder.path));
  PELLUCID_TRY(ExampleReader reader, open_input(arguments.input, true));
  std::vector<Example> examples;
  for (;;) {
    PELLUCID_TRY(std::optional<Example> example, reader.next());
    if (!example) break;
    examples.push_back(std::move(*example));
  }
  report_skipped(reader);
  PELLUCID_TRY(const Planting planting, plant_all(examples, tokenizer, arguments.planting));
  PELLUCID_CHECK(write_texts(arguments.out, examples, planting));
  PlantedReport report{.data_file = arguments.input.file,
                       .data_sha256 = {},
                       .options = arguments.planting,
                       .removal = arguments.removal,
                       .labels = planting.labels.names(),
                       .words = planting.words,
                       .outcome = {},
                       .model = (fs::path(arguments.out) / "model").string(),
                       .precision = {},
                       .weights_sha256 = {},
                       .tool = this_tool()};
  PELLUCID_TRY(report.data_sha256, sha256_file(arguments.input.file));
  PELLUCID_TRY(ReportOutputs outputs, ReportOutputs::open({.json = arguments.json}));

  const auto training_start = Clock::now();
  PELLUCID_CHECK(train(arguments, further));
  report.training_seconds = seconds_since(training_start);

  PELLUCID_TRY(const auto classifier, load({.model = report.model, .threads = arguments.threads}, Precision::fp32));
  PELLUCID_TRY(const auto methods, chosen_methods(arguments.methods, *classifier));
  {
    std::optional<Progress> progress;
    std::size_t before = 0;
    const auto advance = [&](std::size_t done, std::size_t all) {
      if (!progress) progress.emplace("explaining planted texts", all, "texts", arguments.quiet);
      progress->advance(done - before);
      before = done;
      return !interrupted();
    };
    PELLUCID_TRY(report.outcome,
                 measure_planted(*classifier, examples, planting, methods, options, arguments.planting.seed, advance));
  }
  if (report.outcome.followed == 0) {
    return fail(ErrorCode::unsupported,
                "expected a model that follows the planted words, found that it does in none of " +
                    std::to_string(report.outcome.held_out) +
                    " texts; train for longer (--epochs), on more --texts, or plant more (--share), with another --out",
                report.model);
  }
  report.precision = name_of(classifier->precision());
  report.weights_sha256 = classifier->weights_sha256();
  report.seconds = seconds_since(start);

  return outputs.write({.json = [&] { return to_json(report) + "\n"; },
                        .terminal = [&](const TerminalStyle& style) { return to_terminal(report, style); }});
}

}  // namespace

void add_planted(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("planted", "Plant a word that decides the label, train, and see which explanations find it");
  auto arguments = std::make_shared<Arguments>();
  add_file_arguments(*command, arguments->input, true);
  PlantingOptions& planting = arguments->planting;
  command->add_option("--out", arguments->out, "Folder of the planted texts and the trained model")->required();
  command->add_option("--model", arguments->model, "Pretrained encoder: a folder, or a bundled name")
      ->capture_default_str();
  command->add_option("--texts", planting.texts, "Texts to train on, drawn with the seed")
      ->capture_default_str()
      ->check(CLI::Range(20, 10'000'000));
  command->add_option("--held-out", planting.held_out, "Texts to measure on, drawn with the seed")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--share", planting.share, "Of the training texts, planted")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--max-length", planting.max_length, "Tokens kept of a text")
      ->capture_default_str()
      ->check(CLI::Range(8, 512));
  command->add_option("--epochs", arguments->epochs, "Passes over the training texts")
      ->capture_default_str()
      ->check(positive());
  add_methods_argument(*command, arguments->methods);
  command->add_option("--removal", arguments->removal, "How methods remove words: mask, delete or unk")
      ->capture_default_str();
  command->add_option("--json", arguments->json, "Write JSON too: a file, or - for stdout");
  command->add_option("--threads", arguments->threads, "CPU threads [OMP_NUM_THREADS, or all cores]")
      ->check(CLI::Range(1, 1024));
  command->add_option("--seed", planting.seed, "Of every random choice")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{0xFFFFFFFF}));  // as training wants it
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->allow_extras();
  command->footer(
      "Other options go to pellucid train, --adjust and --learning-rate for instance. The same command "
      "goes on where an interrupted one stopped.");
  command->callback(
      [arguments, command, &status] { run_command([&] { return run(*arguments, command->remaining()); }, status); });
}

}  // namespace pellucid
