// pellucid evaluate: classification metrics on labelled texts, and how faithful explanations are.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "arguments.h"
#include "attribution/windows.h"
#include "commands.h"
#include "data/random.h"
#include "data/split.h"
#include "error/listed.h"
#include "evaluate/method_comparison.h"
#include "evaluate/metrics.h"
#include "evaluate/quality_study.h"
#include "evaluate/stability.h"
#include "evaluate/statistics.h"
#include "files/sha256.h"
#include "method_choice.h"
#include "output.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/evaluation.h"
#include "version/version.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunkTexts = 1024;  // predicted together
constexpr std::size_t kBatchTokens = 4096;
constexpr std::size_t kJudgedTexts = 16;  // whose explanations are judged between two reports of progress

struct Arguments {
  ModelArguments model;
  InputArguments input;
  bool faithfulness = false, quality_study = false, stability = false;
  std::vector<std::string> methods;  // empty: the usual ones that apply
  MethodArguments method;
  std::vector<std::string> measures{std::begin(kDefaultMeasures), std::end(kDefaultMeasures)};
  std::string sort_by;  // empty: difference where it is measured, else the first measure
  std::string bins = "deciles", unit = "word", removal = "mask";
  std::string explain_precision;  // empty: that of the predictions
  std::size_t limit = 500;
  std::size_t examples = 12;
  std::string json, html;
  std::uint64_t seed = 0;
  bool quiet = false;
};

struct Request {
  std::vector<const Method*> methods;  // the control among them
  std::vector<const Measure*> measures;
  std::string sort_by;
  Unit unit = Unit::word;
  MeasureOptions options;
};

// Labelled texts as the model reads them.
struct Texts {
  std::vector<Example> examples;
  std::vector<Encoding> encodings;
  std::vector<std::int32_t> gold;
};

// The control is measured whether it was asked for or not: without it no figure can be read.
void add_control(std::vector<const Method*>& methods, const Method* control) {
  if (std::ranges::find(methods, control) == methods.end()) methods.push_back(control);
}

Result<std::vector<const Measure*>> measures_of(const Arguments& arguments) {
  std::vector<const Measure*> found;
  const bool all = arguments.measures == std::vector<std::string>{"all"};
  for (const Measure& measure : measures()) {
    if (all) found.push_back(&measure);
  }
  for (const std::string& name : arguments.measures) {
    if (all) break;
    PELLUCID_TRY(const Measure* measure, find_measure(name));
    if (std::ranges::find(found, measure) == found.end()) found.push_back(measure);
  }
  return found;
}

Result<std::string> sort_of(const Arguments& arguments, const std::vector<const Measure*>& measures) {
  std::string wanted = arguments.sort_by.empty() ? std::string(kDefaultSort) : arguments.sort_by;
  if (std::ranges::find(measures, wanted, [](const Measure* measure) { return measure->name; }) != measures.end()) {
    return wanted;
  }
  if (arguments.sort_by.empty()) return std::string(measures.front()->name);
  return fail(
      ErrorCode::usage,
      "expected one of the measures asked for: " + listed(measures, &Measure::name) + "; found '" + wanted + "'",
      "--sort-by");
}

Result<Request> request_of(const Arguments& arguments, const Classifier& classifier) {
  Request request;
  PELLUCID_TRY(request.methods, chosen_methods(arguments.methods, classifier));
  PELLUCID_TRY(const Method* control, find_method(kControlMethod));
  add_control(request.methods, control);
  PELLUCID_TRY(request.measures, measures_of(arguments));
  PELLUCID_CHECK(set_options(arguments.method, request.methods, request.options.method));
  PELLUCID_TRY(request.sort_by, sort_of(arguments, request.measures));
  PELLUCID_TRY(request.unit, unit_from_name(arguments.unit));
  PELLUCID_TRY(request.options.bins, bins_from_name(arguments.bins));
  PELLUCID_TRY(request.options.method.removal, removal_from_name(arguments.removal));
  request.options.method.seed = arguments.seed;
  request.options.model = arguments.model.model;
  return request;
}

// The same model in the precision that explanations are wanted in; null where that is the predictions'.
Result<std::unique_ptr<Classifier>> explainer_of(const Arguments& arguments) {
  if (arguments.explain_precision.empty()) return nullptr;
  if (!arguments.faithfulness) {
    return fail(ErrorCode::usage, "expected --faithfulness, whose explanations it sets; found none",
                "--explain-precision");
  }
  ModelArguments model = arguments.model;
  model.precision = arguments.explain_precision;
  return load(model, Precision::fp32);
}

Result<Texts> read(const Arguments& arguments, const Classifier& classifier, Evaluation& evaluation) {
  Texts texts;
  PELLUCID_TRY(ExampleReader reader, open_input(arguments.input, true));
  const LabelSet& labels = classifier.labels();
  for (;;) {
    PELLUCID_TRY(std::optional<Example> example, reader.next());
    if (!example) break;
    PELLUCID_TRY(const std::int32_t label, label_of(*example, labels, arguments.input));
    texts.gold.push_back(label);
    texts.encodings.push_back(encode(arguments.model, classifier, example->text));
    evaluation.truncated_texts += texts.encodings.back().dropped > 0;
    evaluation.dropped_pieces += texts.encodings.back().dropped;
    evaluation.windowed_texts += texts.encodings.back().ids.size() > classifier.max_length();
    texts.examples.push_back(std::move(*example));
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  report_skipped(reader);
  return texts;
}

// Probabilities [N, C].
Result<std::vector<double>> probabilities_of(Classifier& classifier, const Texts& texts, bool quiet) {
  Progress progress("evaluating", texts.examples.size(), "texts", quiet);
  const std::size_t classes = classifier.labels().size();
  std::vector<double> probabilities;
  for (std::size_t first = 0; first < texts.encodings.size(); first += kChunkTexts) {
    const std::size_t count = std::min(kChunkTexts, texts.encodings.size() - first);
    const std::vector<float> logits =
        predict_in_windows(classifier, std::span(texts.encodings).subspan(first, count), kBatchTokens);
    for (std::size_t i = 0; i < count; ++i) {
      const auto own = std::span(logits).subspan(i * classes, classes);
      PELLUCID_CHECK(check_finite(own, "text " + texts.examples[first + i].id));
      const std::vector<double> p = softmax(own);
      probabilities.insert(probabilities.end(), p.begin(), p.end());
    }
    progress.advance(count);
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  return probabilities;
}

void classify(Evaluation& evaluation, const std::vector<double>& probabilities, const std::vector<std::int32_t>& gold) {
  const std::size_t classes = evaluation.classes.size();
  evaluation.classification = classification_metrics(probabilities, gold, classes);
  const auto interval = [&](const auto& statistic) {
    return bootstrap(
        gold.size(),
        [&](std::span<const std::size_t> drawn) {
          std::vector<double> p;
          std::vector<std::int32_t> labels;
          for (const std::size_t i : drawn) {
            p.insert(p.end(), probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes),
                     probabilities.begin() + static_cast<std::ptrdiff_t>((i + 1) * classes));
            labels.push_back(gold[i]);
          }
          return statistic(classification_metrics(p, labels, classes));
        },
        evaluation.seed);
  };
  evaluation.accuracy_interval = interval([](const ClassificationMetrics& m) { return m.accuracy; });
  evaluation.macro_f1_interval = interval([](const ClassificationMetrics& m) { return m.macro.f1; });
}

Result<MethodComparison> compare(Classifier& classifier, const Texts& texts, const Request& request,
                                 const Arguments& arguments) {
  const std::vector<std::size_t> drawn = draw(texts.examples.size(), arguments.limit, arguments.seed);
  std::vector<Units> units;
  for (const std::size_t i : drawn) units.push_back(units_of(texts.examples[i].text, texts.encodings[i], request.unit));
  std::vector<ComparedText> compared;
  for (std::size_t d = 0; d < drawn.size(); ++d) {
    if (!units[d].ranges.empty()) compared.push_back({&texts.encodings[drawn[d]], &units[d]});
  }
  // A step: one text explained by one method, or judged by one measure.
  Progress progress("measuring faithfulness",
                    compared.size() * comparison_steps(request.methods.size(), request.measures.size()), "steps",
                    arguments.quiet);
  std::size_t before = 0;
  return compare_methods(classifier, compared, request.methods, request.measures, request.options,
                         [&](std::size_t done) {
                           progress.advance(done - before);
                           before = done;
                           return !interrupted();
                         });
}

// Verdicts on the explanations of `limit` texts beside whether their predictions are right.
Result<QualityStudy> study(Classifier& classifier, const Texts& texts, const std::vector<double>& probabilities,
                           const Request& request, const Arguments& arguments) {
  const std::vector<std::size_t> drawn = draw(texts.examples.size(), arguments.limit, arguments.seed);
  const std::size_t classes = classifier.labels().size();
  const Method* method = &default_method(classifier);
  QualityOptions options{.method = request.options.method, .others = {}};
  PELLUCID_TRY(options.others, cheap_methods(classifier));
  Progress progress("judging explanations", drawn.size(), "texts", arguments.quiet);
  std::vector<JudgedText> judged;
  for (std::size_t first = 0; first < drawn.size(); first += kJudgedTexts) {
    const auto chunk = std::span(drawn).subspan(first, std::min(kJudgedTexts, drawn.size() - first));
    std::vector<Units> units;
    for (const std::size_t i : chunk) {
      units.push_back(units_of(texts.examples[i].text, texts.encodings[i], request.unit));
    }
    std::vector<Input> inputs;
    for (std::size_t c = 0; c < chunk.size(); ++c) inputs.push_back({&texts.encodings[chunk[c]], &units[c], {}});
    PELLUCID_TRY(const auto found, method->explain(classifier, inputs, options.method));
    PELLUCID_TRY(const auto quality, qualities(*method, classifier, inputs, found, options));
    for (std::size_t c = 0; c < chunk.size(); ++c) {
      if (!quality[c]) continue;
      const auto p = std::span(probabilities).subspan(chunk[c] * classes, classes);
      judged.push_back({*quality[c], std::ranges::max(p), argmax(found[c].logits) != texts.gold[chunk[c]]});
    }
    progress.advance(chunk.size());
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  return study_quality(std::string(method->name), judged, arguments.seed);
}

Result<std::vector<StabilityRow>> stability(Classifier& classifier, const Texts& texts, const Request& request,
                                            const Arguments& arguments) {
  const Precision other = classifier.precision() == Precision::fp32 ? Precision::bf16 : Precision::fp32;
  PELLUCID_TRY(const auto second, arguments.model.loader(arguments.model.model,
                                                         {.precision = other, .max_length = classifier.max_length()}));
  std::vector<Example> examples;
  for (const std::size_t i : draw(texts.examples.size(), arguments.limit, arguments.seed)) {
    examples.push_back(texts.examples[i]);
  }
  Progress progress("measuring stability", 5, "changes", arguments.quiet);
  return measure_stability(classifier, examples, request.methods,
                           {.method = request.options.method, .other_precision = second.get()}, [&](std::size_t) {
                             progress.advance(1);
                             return !interrupted();
                           });
}

// For the page: wrong and right predictions in equal parts, as far as there are.
Result<std::vector<Explanation>> explanations_of(Classifier& classifier, const Texts& texts,
                                                 const std::vector<double>& probabilities, const Request& request,
                                                 const Arguments& arguments) {
  const std::size_t classes = classifier.labels().size();
  std::vector<std::size_t> right;
  std::vector<std::size_t> wrong;
  for (const std::size_t i : draw(texts.examples.size(), texts.examples.size(), arguments.seed)) {
    const auto p = std::span(probabilities).subspan(i * classes, classes);
    const auto predicted = static_cast<std::int32_t>(std::ranges::max_element(p) - p.begin());
    (predicted == texts.gold[i] ? right : wrong).push_back(i);
  }
  SplitMix64(arguments.seed, 1).shuffle(std::span(right));
  SplitMix64(arguments.seed, 2).shuffle(std::span(wrong));
  wrong.resize(std::min(wrong.size(), arguments.examples / 2));
  right.resize(std::min(right.size(), arguments.examples - wrong.size()));
  std::vector<std::size_t> shown = std::move(wrong);
  shown.insert(shown.end(), right.begin(), right.end());

  std::vector<Units> units;
  for (const std::size_t i : shown) units.push_back(units_of(texts.examples[i].text, texts.encodings[i], request.unit));
  std::vector<Input> inputs;
  for (std::size_t s = 0; s < shown.size(); ++s) inputs.push_back({&texts.encodings[shown[s]], &units[s], {}});
  const Method* method = &report_method(classifier);
  PELLUCID_TRY(const auto found, explain_in_windows(classifier, *method, inputs, request.options.method));
  std::vector<Explanation> explanations;
  for (std::size_t s = 0; s < shown.size(); ++s) {
    const Example& example = texts.examples[shown[s]];
    explanations.push_back(make_explanation(example.id, example.text, texts.encodings[shown[s]], found[s], *method,
                                            request.unit, classifier));
    explanations.back().gold = example.label;
  }
  return explanations;
}

Result<void> run(const Arguments& arguments) {
  const auto start = Clock::now();
  PELLUCID_CHECK(check_file(arguments.input));
  const bool removes = arguments.faithfulness || arguments.quality_study || arguments.stability;
  if (removes && arguments.model.long_texts == "window") {
    return fail(
        ErrorCode::usage,
        "expected texts that the model reads at once: --faithfulness, --quality-study and --stability remove words "
        "from them; leave those out, or --long window");
  }
  const bool explains = removes || !arguments.html.empty();
  const Precision automatic = cpu_has(Precision::bf16) && !explains ? Precision::bf16 : Precision::fp32;
  PELLUCID_TRY(const auto classifier, load(arguments.model, automatic));
  PELLUCID_TRY(const auto explainer, explainer_of(arguments));
  PELLUCID_TRY(Request request, request_of(arguments, *classifier));
  request.options.explainer = explainer.get();

  Evaluation evaluation;
  evaluation.data_file = arguments.input.file;
  evaluation.seed = arguments.seed;
  evaluation.classes = classifier->labels().names();
  evaluation.precision = name_of(classifier->precision());
  evaluation.weights_sha256 = classifier->weights_sha256();
  evaluation.tool = this_tool();
  PELLUCID_TRY(const Texts texts, read(arguments, *classifier, evaluation));
  PELLUCID_TRY(evaluation.data_sha256, sha256_file(arguments.input.file));
  evaluation.n = texts.examples.size();
  PELLUCID_TRY(const std::vector<double> probabilities, probabilities_of(*classifier, texts, arguments.quiet));
  classify(evaluation, probabilities, texts.gold);
  if (arguments.faithfulness) {
    evaluation.bins = arguments.bins;
    evaluation.unit = arguments.unit;
    evaluation.removal = arguments.removal;
    evaluation.explain_precision = name_of((explainer ? explainer : classifier)->precision());
    evaluation.sort_by = request.sort_by;
    PELLUCID_TRY(evaluation.faithfulness, compare(*classifier, texts, request, arguments));
  }
  if (arguments.quality_study) {
    PELLUCID_TRY(evaluation.quality, study(*classifier, texts, probabilities, request, arguments));
  }
  if (arguments.stability) {
    PELLUCID_TRY(evaluation.stability, stability(*classifier, texts, request, arguments));
  }
  evaluation.seconds = std::chrono::duration<double>(Clock::now() - start).count();

  report_truncated(evaluation.truncated_texts, evaluation.dropped_pieces, classifier->max_length());
  if (!arguments.html.empty()) {
    PELLUCID_TRY(const auto explanations, explanations_of(*classifier, texts, probabilities, request, arguments));
    PELLUCID_CHECK(
        write_output(arguments.html, to_html(evaluation, explanations, "Evaluation on " + evaluation.data_file)));
  }
  if (!arguments.json.empty()) PELLUCID_CHECK(write_output(arguments.json, to_json(evaluation) + "\n"));
  if (arguments.json == "-" || arguments.html == "-") return {};
  const TerminalStyle style{.colour = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
  return write_output("-", to_terminal(evaluation, style));
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
  arguments->model.loader = loader;
  add_model_arguments(*command, arguments->model, "bf16 where the CPU has it, fp32 if anything is explained");
  add_file_arguments(*command, arguments->input);
  command->add_flag("--faithfulness", arguments->faithfulness, "Measure explanations too");
  command->add_flag("--quality-study", arguments->quality_study,
                    "Measure what the verdicts of explain --quality mean: wrong predictions by verdict");
  command->add_flag("--stability", arguments->stability,
                    "Measure how explanations change with batch, threads, precision, typos, synonyms");
  add_methods_argument(*command, arguments->methods);
  add_method_arguments(*command, arguments->method);
  command->add_option("--measures", arguments->measures, "Measures of explanations, listed below, or all")
      ->capture_default_str()
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--sort-by", arguments->sort_by, "The measure that orders the table of methods [difference]");
  command->add_option("--bins", arguments->bins, "Shares of units removed: eraser, deciles or curve")
      ->capture_default_str();
  command->add_option("--unit", arguments->unit, "piece, word or sentence")->capture_default_str();
  command->add_option("--removal", arguments->removal, "mask, delete or unk")->capture_default_str();
  command
      ->add_option("--explain-precision", arguments->explain_precision,
                   "Of --faithfulness's explanations, where predictions have another: fp32, bf16 or int8 [--precision]")
      ->check(CLI::IsMember({"fp32", "bf16", "int8"}));
  command->add_option("--limit", arguments->limit, "Texts whose explanations are measured, drawn with the seed")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--html", arguments->html, "Write a page too: a file, or - for stdout");
  command->add_option("--examples", arguments->examples, "Explanations on the page")->capture_default_str();
  command->add_option("--json", arguments->json, "Write JSON too: a file, or - for stdout");
  command->add_option("--seed", arguments->seed, "Of intervals, tests, random choices")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer(measures_help());
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
