// pellucid plausibility: explanations against what people marked as the reason for the label.
#include "evaluate/plausibility.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>

#include "arguments.h"
#include "commands.h"
#include "data/random.h"
#include "evaluate/method_comparison.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/plausibility.h"
#include "usage.h"
#include "version/version.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  ModelArguments model;
  InputArguments input;
  std::vector<std::string> methods;  // empty: the usual ones
  std::string share_from;
  std::string unit = "word", removal = "mask";
  std::size_t limit = 500;
  std::string json;
  std::uint64_t seed = 0;
  bool quiet = false;
};

// Which units of a text people marked, all of the text taken into account.
std::vector<bool> marks_of(const Example& example, const Tokenizer& tokenizer, Unit unit) {
  return marked_units(units_of(example.text, tokenizer.encode(example.text), unit), example.evidence);
}

// Texts whose marks tell units apart.
struct Rationales {
  std::vector<Example> examples;
  std::vector<std::vector<bool>> marked;
  std::size_t left_out = 0;
};

Result<Rationales> read_rationales(const InputArguments& input, const Tokenizer& tokenizer, Unit unit) {
  PELLUCID_TRY(ExampleReader reader, open_input(input, false));
  Rationales texts;
  for (;;) {
    PELLUCID_TRY(std::optional<Example> example, reader.next());
    if (!example) break;
    std::vector<bool> marked = marks_of(*example, tokenizer, unit);
    if (!tells_apart(marked)) {
      ++texts.left_out;
      continue;
    }
    texts.examples.push_back(std::move(*example));
    texts.marked.push_back(std::move(marked));
  }
  report_skipped(reader);
  if (texts.examples.empty()) {
    return fail(ErrorCode::format,
                "expected texts of which people marked a part (JSON lines with `evidence`, docs/formats.md), found " +
                    std::to_string(texts.left_out) + " texts and none of that kind",
                input.file);
  }
  return texts;
}

// `count` of the texts, drawn with the seed, in their order.
void draw(Rationales& texts, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> drawn(texts.examples.size());
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  SplitMix64(seed).shuffle(std::span(drawn));
  drawn.resize(std::min(drawn.size(), count));
  std::ranges::sort(drawn);
  for (std::size_t d = 0; d < drawn.size(); ++d) {
    std::swap(texts.examples[d], texts.examples[drawn[d]]);
    std::swap(texts.marked[d], texts.marked[drawn[d]]);
  }
  texts.examples.resize(drawn.size());
  texts.marked.resize(drawn.size());
}

Result<void> run(const Arguments& arguments) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  PELLUCID_TRY(const auto classifier, load(arguments.model, Precision::fp32));
  PELLUCID_TRY(const auto methods, chosen_methods(arguments.methods, *classifier));
  PELLUCID_TRY(const Unit unit, unit_from_name(arguments.unit));
  PlausibilityOptions options{.share = {}, .method = {}, .seed = arguments.seed};
  options.method.seed = arguments.seed;
  PELLUCID_TRY(options.method.removal, removal_from_name(arguments.removal));
  if (!arguments.share_from.empty()) {
    InputArguments other = arguments.input;
    other.file = arguments.share_from;
    PELLUCID_TRY(const Rationales texts, read_rationales(other, classifier->tokenizer(), unit));
    options.share = mean_marked_share(texts.marked);
  }
  PELLUCID_TRY(Rationales rationales, read_rationales(arguments.input, classifier->tokenizer(), unit));
  draw(rationales, arguments.limit, arguments.seed);

  PlausibilityReport report{.data_file = arguments.input.file,
                            .data_sha256 = {},
                            .n = rationales.examples.size(),
                            .left_out = rationales.left_out,
                            .unit = arguments.unit,
                            .removal = arguments.removal,
                            .long_texts = arguments.model.long_texts,
                            .marked_share = mean_marked_share(rationales.marked),
                            .share = options.share,
                            .share_from = arguments.share_from,
                            .rows = {},
                            .seed = arguments.seed,
                            .precision = std::string(name_of(classifier->precision())),
                            .weights_sha256 = classifier->weights_sha256(),
                            .tool = this_tool()};
  PELLUCID_TRY(report.data_sha256, sha256_file(arguments.input.file));
  PELLUCID_TRY(ReportOutputs outputs, ReportOutputs::open({.json = arguments.json}));
  std::vector<Encoding> encodings;
  std::vector<Units> units;
  for (const Example& example : rationales.examples) {
    encodings.push_back(encode(arguments.model, *classifier, example.text));
    units.push_back(units_of(example.text, encodings.back(), unit));
    report.truncated_texts += encodings.back().dropped > 0;
    report.dropped_pieces += encodings.back().dropped;
  }
  std::vector<RationaleText> texts;
  for (std::size_t t = 0; t < encodings.size(); ++t) {
    texts.push_back({&encodings[t], &units[t], std::move(rationales.marked[t])});
  }
  {
    Progress progress("measuring plausibility", texts.size() * methods.size(), "texts", arguments.quiet);
    std::size_t before = 0;
    PELLUCID_TRY(report.rows, compare_plausibility(*classifier, texts, methods, options, [&](std::size_t done) {
                   progress.advance(done - before);
                   before = done;
                   return !interrupted();
                 }));
  }
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();

  return outputs.write({.json = [&] { return to_json(report) + "\n"; },
                        .terminal = [&](const TerminalStyle& style) { return to_terminal(report, style); }});
}

}  // namespace

void add_plausibility(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("plausibility", "Compare explanations with what people marked as the evidence");
  auto arguments = std::make_shared<Arguments>();
  add_model_arguments(*command, arguments->model, "fp32");
  add_file_arguments(*command, arguments->input, false);
  add_methods_argument(*command, arguments->methods);
  command->add_option("--share-from", arguments->share_from,
                      "Texts with evidence (the training split, say) whose mean marked share is the length of a "
                      "rationale in token-f1 and iou-f1 [as many units as people marked in the same text]");
  command->add_option("--unit", arguments->unit, "piece, word or sentence")->capture_default_str();
  command->add_option("--removal", arguments->removal, "How methods remove units: mask, delete or unk")
      ->capture_default_str();
  command->add_option("--limit", arguments->limit, "Texts measured, drawn with the seed")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--json", arguments->json, "Write JSON too: a file, or - for stdout");
  command->add_option("--seed", arguments->seed, "Of intervals, tests, random choices")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
