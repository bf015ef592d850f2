#include "report/evaluate_texts.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "attribution/windows.h"
#include "checkpoint/model_folder.h"
#include "data/label_index.h"
#include "data/random.h"
#include "data/split.h"
#include "error/listed.h"
#include "evaluate/method_comparison.h"
#include "evaluate/metrics.h"
#include "evaluate/quality_study.h"
#include "evaluate/stability.h"
#include "evaluate/statistics.h"
#include "files/sha256.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/explain_texts.h"
#include "version/version.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

constexpr std::size_t kChunkTexts = 1024;  // predicted together
constexpr std::size_t kBatchTokens = 4096;
constexpr std::size_t kJudgedTexts = 16;  // whose explanations are judged between two reports of progress

Result<std::vector<const Measure*>> measures_of(const EvaluateOptions& options) {
  if (options.measures.empty()) return fail(ErrorCode::usage, "expected measures, or all; found none", "--measures");
  std::vector<const Measure*> found;
  const bool all = options.measures == std::vector<std::string>{"all"};
  for (const Measure& measure : measures()) {
    if (all) found.push_back(&measure);
  }
  for (const std::string& name : options.measures) {
    if (all) break;
    PELLUCID_TRY(const Measure* measure, find_measure(name));
    if (std::ranges::find(found, measure) == found.end()) found.push_back(measure);
  }
  return found;
}

Result<std::string> sort_of(const EvaluateOptions& options, const std::vector<const Measure*>& measures) {
  std::string wanted = options.sort_by.empty() ? std::string(kDefaultSort) : options.sort_by;
  if (std::ranges::find(measures, wanted, [](const Measure* measure) { return measure->name; }) != measures.end()) {
    return wanted;
  }
  if (options.sort_by.empty()) return std::string(measures.front()->name);
  return fail(
      ErrorCode::usage,
      "expected one of the measures asked for: " + listed(measures, &Measure::name) + "; found '" + wanted + "'",
      "--sort-by");
}

// Labelled texts, and what the model says. How it reads them is ten times their size, and not kept.
struct Texts {
  std::vector<Example> examples = {};
  std::vector<std::int32_t> gold = {};
  std::vector<double> probabilities = {};  // [N, C]
  bool in_windows = false;
};

Result<std::vector<std::int32_t>> labels_of(const std::vector<Example>& examples, const LabelSet& labels) {
  std::vector<std::int32_t> gold;
  gold.reserve(examples.size());
  for (const Example& example : examples) {
    const std::string where = "text " + example.id;
    if (!example.label) {
      return fail(ErrorCode::format, "expected one of the model's labels (" + listed(labels.names()) + "), found none",
                  where);
    }
    PELLUCID_TRY(gold.emplace_back(), label_index(labels, *example.label, ErrorCode::format, where));
  }
  return gold;
}

// Probabilities [N, C]; counts in `evaluation` what was cut or read in windows.
Result<std::vector<double>> probabilities_of(Classifier& classifier, const Texts& texts, Evaluation& evaluation,
                                             bool quiet) {
  Progress progress("evaluating", texts.examples.size(), "texts", quiet);
  const std::size_t classes = classifier.labels().size();
  std::vector<double> probabilities;
  probabilities.reserve(texts.examples.size() * classes);
  for (std::size_t first = 0; first < texts.examples.size(); first += kChunkTexts) {
    const auto chunk = std::span(texts.examples).subspan(first, std::min(kChunkTexts, texts.examples.size() - first));
    std::vector<Encoding> encodings;
    for (const Example& example : chunk) {
      const Encoding& encoding = encodings.emplace_back(encode(classifier, example.text, texts.in_windows));
      evaluation.truncated_texts += encoding.dropped > 0;
      evaluation.dropped_pieces += encoding.dropped;
      evaluation.windowed_texts += encoding.ids.size() > classifier.max_length();
      PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
    }
    const std::vector<float> logits = predict_in_windows(classifier, encodings, kBatchTokens);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const auto own = std::span(logits).subspan(i * classes, classes);
      PELLUCID_CHECK(check_finite(own, "text " + chunk[i].id));
      const std::vector<double> p = softmax(own);
      probabilities.insert(probabilities.end(), p.begin(), p.end());
    }
    progress.advance(chunk.size());
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  return probabilities;
}

void classify(Evaluation& evaluation, const Texts& texts) {
  const std::vector<std::int32_t>& gold = texts.gold;
  const std::size_t classes = evaluation.classes.size();
  evaluation.classification = classification_metrics(texts.probabilities, gold, classes);
  // Accuracy and macro averages are of counts alone: a resample is a table of them.
  const std::vector<std::int32_t> predicted = predicted_labels(texts.probabilities, classes);
  const std::vector<Interval> of_counts = bootstrap_each(
      gold.size(), 4,
      [&](std::span<const std::size_t> drawn) {
        const ClassificationMetrics m = metrics_of_counts(confusion_of(drawn, predicted, gold, classes));
        const Average macro = macro_of_resample(m, evaluation.classification);
        return std::vector<double>{m.accuracy, macro.precision, macro.recall, macro.f1};
      },
      evaluation.seed);
  evaluation.accuracy_interval = of_counts[0];
  evaluation.macro_precision_interval = of_counts[1];
  evaluation.macro_recall_interval = of_counts[2];
  evaluation.macro_f1_interval = of_counts[3];
  std::vector<double> negative_log_likelihoods;
  std::vector<double> briers;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    const TextLosses losses =
        losses_of(std::span(texts.probabilities).subspan(i * classes, classes), static_cast<std::size_t>(gold[i]));
    negative_log_likelihoods.push_back(losses.negative_log_likelihood);
    briers.push_back(losses.brier);
  }
  evaluation.negative_log_likelihood_interval = bootstrap_mean(negative_log_likelihoods, evaluation.seed);
  evaluation.brier_interval = bootstrap_mean(briers, evaluation.seed);
}

// Some of the texts as the model reads them.
struct ReadTexts {
  std::vector<Encoding> encodings;
  std::vector<Units> units;
};

ReadTexts read_texts(const Classifier& classifier, const Texts& texts, std::span<const std::size_t> which, Unit unit) {
  ReadTexts found;
  for (const std::size_t i : which) {
    const std::string& text = texts.examples[i].text;
    found.encodings.push_back(encode(classifier, text, texts.in_windows));
    found.units.push_back(units_of(text, found.encodings.back(), unit));
  }
  return found;
}

// All that decides what methods and measures say of the texts.
Result<std::string> fingerprint_of(const Classifier& classifier, const EvaluateRequest& request,
                                   const ReadTexts& read) {
  PELLUCID_TRY(const auto files, hashes_beside_weights(request.measuring.model));
  const EvaluateOptions& options = request.options;
  const Classifier* explainer = request.measuring.explainer;
  ordered_json decides = {{"version", version()},
                          {"commit", commit()},
                          {"weights", classifier.weights_sha256()},
                          {"files", files},
                          {"precision", name_of(classifier.precision())},
                          {"explain_precision", name_of((explainer != nullptr ? *explainer : classifier).precision())},
                          {"methods", ordered_json::array()},
                          {"measures", ordered_json::array()},
                          {"samples", options.method.samples},
                          {"steps", options.method.steps},
                          {"baseline", options.method.baseline},
                          {"bins", options.bins},
                          {"removal", options.removal},
                          {"seed", options.seed},
                          {"texts", ordered_json::array()}};
  for (const Method* method : request.methods) decides["methods"].push_back(method->name);
  for (const Measure* measure : request.measures) decides["measures"].push_back(measure->name);
  for (std::size_t i = 0; i < read.encodings.size(); ++i) {
    ordered_json units = ordered_json::array();
    for (const ByteRange& range : read.units[i].ranges) units.push_back({range.begin, range.end});
    decides["texts"].push_back({{"ids", read.encodings[i].ids}, {"units", std::move(units)}});
  }
  return sha256(decides.dump());
}

// Faithfulness on the drawn texts: `work` is done with them.
template <class Work>
auto with_comparison(Classifier& classifier, const Texts& texts, const EvaluateRequest& request, const Shard& shard,
                     bool quiet, const Work& work) -> decltype(work(std::declval<const ComparisonRequest&>())) {
  const std::vector<std::size_t> drawn = draw(texts.examples.size(), request.options.limit, request.options.seed);
  const ReadTexts read = read_texts(classifier, texts, drawn, request.unit);
  std::vector<ComparedText> compared;
  for (std::size_t d = 0; d < drawn.size(); ++d) {
    if (!read.units[d].ranges.empty()) compared.push_back({&read.encodings[d], &read.units[d]});
  }
  ComparisonRequest comparison{classifier, compared, request.methods, request.measures, request.measuring};
  std::optional<KeptParts> kept;
  if (!request.options.parts.empty()) {
    PELLUCID_TRY(const std::string fingerprint, fingerprint_of(classifier, request, read));
    PELLUCID_TRY(kept, KeptParts::open(request.options.parts, fingerprint));
    comparison.kept = &*kept;
  }
  Progress progress("measuring faithfulness", comparison_steps(comparison, shard), "steps", quiet);
  comparison.progress = [&](std::size_t steps) {
    progress.advance(steps);
    return !interrupted();
  };
  return work(comparison);
}

// Verdicts on the explanations of `limit` texts beside whether their predictions are right.
Result<QualityStudy> study(Classifier& classifier, const Texts& texts, const EvaluateRequest& request, bool quiet) {
  const std::vector<std::size_t> drawn = draw(texts.examples.size(), request.options.limit, request.options.seed);
  const std::size_t classes = classifier.labels().size();
  const Method* method = &default_method(classifier);
  QualityOptions options{.method = request.measuring.method, .others = {}};
  PELLUCID_TRY(options.others, cheap_methods(classifier));
  Progress progress("judging explanations", drawn.size(), "texts", quiet);
  std::vector<JudgedText> judged;
  for (std::size_t first = 0; first < drawn.size(); first += kJudgedTexts) {
    const auto chunk = std::span(drawn).subspan(first, std::min(kJudgedTexts, drawn.size() - first));
    const ReadTexts read = read_texts(classifier, texts, chunk, request.unit);
    std::vector<Input> inputs;
    for (std::size_t c = 0; c < chunk.size(); ++c) inputs.push_back({&read.encodings[c], &read.units[c], {}});
    PELLUCID_TRY(const auto found, method->explain(classifier, inputs, options.method));
    PELLUCID_TRY(const auto quality, qualities(*method, classifier, inputs, found, options));
    for (std::size_t c = 0; c < chunk.size(); ++c) {
      if (!quality[c]) continue;
      const auto p = std::span(texts.probabilities).subspan(chunk[c] * classes, classes);
      judged.push_back({*quality[c], std::ranges::max(p), argmax(found[c].logits) != texts.gold[chunk[c]]});
    }
    progress.advance(chunk.size());
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  return study_quality(std::string(method->name), judged, request.options.seed);
}

Result<std::vector<StabilityRow>> stability(const EvaluatedModel& model, const Texts& texts,
                                            const EvaluateRequest& request, bool quiet) {
  Classifier& classifier = model.classifier;
  const Precision other = classifier.precision() == Precision::fp32 ? Precision::bf16 : Precision::fp32;
  std::unique_ptr<Classifier> second;
  if (cpu_has(other)) {
    PELLUCID_TRY(second, model.in_precision(other));
  }
  const std::vector<Example> examples =
      selected(texts.examples, draw(texts.examples.size(), request.options.limit, request.options.seed));
  Progress progress("measuring stability", 5, "changes", quiet);
  return measure_stability(classifier, examples, request.methods,
                           {.method = request.measuring.method, .other_precision = second.get()}, [&](std::size_t) {
                             progress.advance(1);
                             return !interrupted();
                           });
}

// For the page: wrong and right predictions in equal parts, as far as there are.
Result<std::vector<Explanation>> explanations_of(Classifier& classifier, const Texts& texts,
                                                 const EvaluateRequest& request) {
  const std::vector<std::int32_t> predicted = predicted_labels(texts.probabilities, classifier.labels().size());
  std::vector<std::size_t> right;
  std::vector<std::size_t> wrong;
  for (const std::size_t i : draw(texts.examples.size(), texts.examples.size(), request.options.seed)) {
    (predicted[i] == texts.gold[i] ? right : wrong).push_back(i);
  }
  SplitMix64(request.options.seed, 1).shuffle(std::span(right));
  SplitMix64(request.options.seed, 2).shuffle(std::span(wrong));
  wrong.resize(std::min(wrong.size(), request.options.examples / 2));
  right.resize(std::min(right.size(), request.options.examples - wrong.size()));
  std::vector<std::size_t> shown = std::move(wrong);
  shown.insert(shown.end(), right.begin(), right.end());

  const ReadTexts read = read_texts(classifier, texts, shown, request.unit);
  std::vector<Input> inputs;
  for (std::size_t s = 0; s < shown.size(); ++s) inputs.push_back({&read.encodings[s], &read.units[s], {}});
  const Method* method = &report_method(classifier);
  PELLUCID_TRY(const auto found, explain_in_windows(classifier, *method, inputs, request.measuring.method));
  std::vector<Explanation> explanations;
  for (std::size_t s = 0; s < shown.size(); ++s) {
    const Example& example = texts.examples[shown[s]];
    explanations.push_back(
        make_explanation(example.id, example.text, read.encodings[s], found[s], *method, request.unit, classifier));
    explanations.back().gold = example.label;
  }
  return explanations;
}

// Of measures, those that are possible: a system's folder has no randomised copies.
Result<void> leave_out_impossible(const EvaluatedModel& model, EvaluateRequest& request) {
  const std::string system = system_of(model.folder);
  const auto randomises = [](const Measure* measure) { return measure->name == kRandomisation; };
  if (!request.options.faithfulness || system.empty()) return {};
  if (std::ranges::none_of(request.measures, randomises)) return {};
  if (request.options.measures != std::vector<std::string>{"all"}) {
    return fail(ErrorCode::unsupported,
                "expected measures of a model of the system \"" + system + "\", found " + std::string(kRandomisation) +
                    ", which is of language models alone; leave it out",
                "--measures");
  }
  std::erase_if(request.measures, randomises);
  PELLUCID_TRY(request.sort_by, sort_of(request.options, request.measures));
  return {};
}

// With what the model gives to it; `explainer` holds what explains in another precision.
Result<EvaluateRequest> request_for(const EvaluatedModel& model, const EvaluateRequest& given,
                                    std::unique_ptr<Classifier>& explainer) {
  EvaluateRequest request = given;
  PELLUCID_CHECK(leave_out_impossible(model, request));
  request.measuring.model = model.folder;
  if (given.options.explain_precision) {
    PELLUCID_TRY(explainer, model.in_precision(*given.options.explain_precision));
    request.measuring.explainer = explainer.get();
  }
  return request;
}

}  // namespace

Result<void> check(const EvaluateOptions& options) {
  const bool removes = options.faithfulness || options.quality_study || options.stability;
  if (removes && options.long_texts == "window") {
    return fail(
        ErrorCode::usage,
        "expected texts that the model reads at once: --faithfulness, --quality-study and --stability remove words "
        "from them; leave those out, or --long window");
  }
  if (options.explain_precision && !options.faithfulness) {
    return fail(ErrorCode::usage, "expected --faithfulness, whose explanations it sets; found none",
                "--explain-precision");
  }
  if (options.faithfulness) return {};
  if (!options.parts.empty()) {
    return fail(ErrorCode::usage, "expected --faithfulness, whose parts it keeps; found none", "--parts");
  }
  const EvaluateOptions usual;
  const char* useless = options.measures != usual.measures ? "--measures"
                        : options.sort_by != usual.sort_by ? "--sort-by"
                        : options.bins != usual.bins       ? "--bins"
                                                           : nullptr;
  if (useless != nullptr)
    return fail(ErrorCode::usage, "expected --faithfulness, which looks at it; found none", useless);
  return {};
}

Result<EvaluateRequest> resolve(const EvaluateOptions& options, const Classifier& classifier) {
  PELLUCID_CHECK(check(options));
  EvaluateRequest request;
  request.options = options;
  PELLUCID_TRY(request.methods, chosen_methods(options.methods, classifier));
  PELLUCID_TRY(request.measures, measures_of(options));
  PELLUCID_CHECK(set_options(options.method, request.methods, request.measuring.method));
  PELLUCID_TRY(request.sort_by, sort_of(options, request.measures));
  PELLUCID_TRY(request.unit, unit_from_name(options.unit));
  PELLUCID_TRY(request.measuring.bins, bins_from_name(options.bins));
  PELLUCID_TRY(request.measuring.method.removal, removal_from_name(options.removal));
  request.measuring.method.seed = options.seed;
  return request;
}

Result<void> evaluate_shard(const EvaluatedModel& model, const EvaluateRequest& given, std::vector<Example> examples,
                            const Shard& shard, bool quiet) {
  std::unique_ptr<Classifier> explainer;
  PELLUCID_TRY(const EvaluateRequest request, request_for(model, given, explainer));
  const Texts texts{.examples = std::move(examples)};
  return with_comparison(model.classifier, texts, request, shard, quiet,
                         [&](const ComparisonRequest& comparison) { return compare_shard(comparison, shard); });
}

Result<EvaluatedTexts> evaluate_texts(const EvaluatedModel& model, const EvaluateRequest& given,
                                      std::vector<Example> examples, bool quiet) {
  const auto start = Clock::now();
  Classifier& classifier = model.classifier;
  const EvaluateOptions& options = given.options;
  std::unique_ptr<Classifier> explainer;
  PELLUCID_TRY(const EvaluateRequest request, request_for(model, given, explainer));
  EvaluatedTexts found;
  Evaluation& evaluation = found.evaluation;
  evaluation.seed = options.seed;
  evaluation.classes = classifier.labels().names();
  evaluation.precision = name_of(classifier.precision());
  evaluation.weights_sha256 = classifier.weights_sha256();
  evaluation.tool = this_tool();
  Texts texts{.in_windows = options.long_texts == "window"};
  PELLUCID_TRY(texts.gold, labels_of(examples, classifier.labels()));
  texts.examples = std::move(examples);
  evaluation.n = texts.examples.size();
  PELLUCID_TRY(texts.probabilities, probabilities_of(classifier, texts, evaluation, quiet));
  classify(evaluation, texts);
  evaluation.unit = options.unit;
  evaluation.removal = options.removal;
  if (options.faithfulness) {
    evaluation.bins = options.bins;
    evaluation.explain_precision = name_of((explainer ? *explainer : classifier).precision());
    evaluation.sort_by = request.sort_by;
    PELLUCID_TRY(evaluation.faithfulness, with_comparison(classifier, texts, request, {}, quiet, compare_methods));
  }
  if (options.quality_study) {
    PELLUCID_TRY(evaluation.quality, study(classifier, texts, request, quiet));
  }
  if (options.stability) {
    PELLUCID_TRY(evaluation.stability, stability(model, texts, request, quiet));
  }
  evaluation.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (options.examples > 0) {
    PELLUCID_TRY(found.explanations, explanations_of(classifier, texts, request));
  }
  return found;
}

}  // namespace pellucid
