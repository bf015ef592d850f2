#include "compare/measure_cell.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/split.h"
#include "evaluate/measure.h"
#include "evaluate/metrics.h"
#include "evaluate/statistics.h"
#include "files/sha256.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/tool.h"
#include "runtime/predict.h"

namespace pellucid::compare {
namespace {

// On the plan's number of texts.
Result<std::vector<MethodFaithfulness>> differences(Classifier& classifier, const std::vector<Example>& texts,
                                                    std::span<const Method* const> methods, const Plan& plan,
                                                    const std::string& what, bool quiet) {
  PELLUCID_TRY(const auto found,
               explained(classifier, selected(texts, drawn(texts.size(), plan)), methods, plan, what, quiet));
  std::vector<MethodFaithfulness> all;
  for (const ExplainedTexts& one : found) {
    MethodFaithfulness& own = all.emplace_back();
    own.method = one.method;
    own.seconds_per_text = one.seconds_per_text;
    own.forward_equivalents = one.forward_equivalents;
    for (const ExplainedText& text : one.texts) own.values.push_back(text.faithfulness.difference());
  }
  return all;
}

}  // namespace

Result<Predicted> predict_texts(Classifier& classifier, std::span<const Example> texts, bool quiet) {
  const std::size_t classes = classifier.labels().size();
  Progress progress("testing", texts.size(), "texts", quiet);
  PELLUCID_TRY(const TextPredictions found, predict_examples(classifier, texts, [&](std::size_t count) {
                 progress.advance(count);
                 return !interrupted();
               }));
  Predicted predicted;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto own = std::span(found.logits).subspan(i * classes, classes);
    const std::vector<double> p = softmax(own);
    predicted.probabilities.insert(predicted.probabilities.end(), p.begin(), p.end());
    predicted.labels.push_back(argmax(own));
    predicted.truncated += found.dropped[i] > 0 ? 1 : 0;
  }
  predicted.texts_per_second = found.seconds > 0 ? static_cast<double>(texts.size()) / found.seconds : 0;
  return predicted;
}

std::vector<std::size_t> drawn(std::size_t n, const Plan& plan) {
  return draw(n, plan.faithfulness->limit, plan.seeds.front());
}

Result<std::vector<ExplainedTexts>> explained(Classifier& classifier, std::span<const Example> texts,
                                              std::span<const Method* const> methods, const Plan& plan,
                                              const std::string& what, bool quiet) {
  Progress progress(what, texts.size() * methods.size(), "texts", quiet);
  return explain_texts(classifier, texts, methods, *plan.faithfulness, plan.seeds.front(), [&](std::size_t count) {
    progress.advance(count);
    return !interrupted();
  });
}

nlohmann::ordered_json measuring_settings(const Plan& plan, Precision precision) {
  nlohmann::ordered_json decides;
  if (plan.faithfulness) {
    const FaithfulnessPlan& settings = *plan.faithfulness;
    decides = {{"limit", settings.limit},
               {"removal", name_of(settings.removal)},
               {"bins", name_of(settings.bins)},
               {"unit", name_of(settings.unit)},
               {"seed", plan.seeds.front()}};
  }
  // What was measured before there was a choice is found again.
  if (precision != Precision::fp32) decides["precision"] = name_of(precision);
  return decides;
}

Result<std::vector<const Method*>> candidates(const PlannedSystem& system, const Classifier& classifier) {
  std::vector<const Method*> found;
  for (const Method* method : methods_for(classifier)) {
    const bool asked =
        system.methods.empty() || std::ranges::find(system.methods, method->name) != system.methods.end();
    if (asked && method->name != kControlMethod) found.push_back(method);
  }
  if (found.empty()) {
    return fail(ErrorCode::usage,
                "expected a method that applies to \"" + system.name +
                    "\", found none among those of the plan; name others as methods in its [[system]]");
  }
  return found;
}

Result<void> check_applies(const Method& method, const Classifier& classifier, const Plan& plan) {
  Result<void> applies = method.check_applies(classifier);
  if (applies) return applies;
  applies.error().message += "; name another in methods of [faithfulness]";
  applies.error().where = plan.file.string();
  return applies;
}

Result<CellChoice> choose_method(Classifier& classifier, std::span<const Method* const> methods, const Plan& plan,
                                 const Texts& texts, bool quiet) {
  CellChoice choice;
  PELLUCID_TRY(const auto found,
               differences(classifier, texts.validation_examples, methods, plan, "choosing how to explain", quiet));
  for (const MethodFaithfulness& one : found) {
    choice.methods.push_back(one.method);
    choice.values.push_back(mean(one.values));
  }
  return choice;
}

Result<CellTest> test_cell(Classifier& classifier, const Method* method, const Plan& plan, const Texts& texts,
                           bool quiet) {
  CellTest test;
  test.tool = text_of(this_tool());
  PELLUCID_TRY(Predicted predicted, predict_texts(classifier, texts.test, quiet));
  const ClassificationMetrics metrics =
      classification_metrics(predicted.probabilities, texts.gold, classifier.labels().size());
  test.predicted = std::move(predicted.labels);
  test.negative_log_likelihood = metrics.negative_log_likelihood;
  test.expected_calibration_error = metrics.expected_calibration_error;
  test.brier = metrics.brier;
  test.texts_per_second = predicted.texts_per_second;
  test.truncated_texts = predicted.truncated;
  if (method == nullptr) return test;
  PELLUCID_TRY(const Method* control, find_method(kControlMethod));
  const std::vector<const Method*> methods = {method, control};
  PELLUCID_TRY(test.faithfulness, differences(classifier, texts.test, methods, plan, "measuring explanations", quiet));
  if (test.faithfulness.front().values.empty()) {
    return fail(ErrorCode::format, "expected test texts with words to explain, found none", plan.test.string());
  }
  return test;
}

std::string choice_fingerprint(const PlannedSystem& system, const Plan& plan, const Texts& texts, Precision precision) {
  const nlohmann::ordered_json decides = {{"methods", system.methods},
                                          {"texts", texts.validation_sha256},
                                          {"settings", measuring_settings(plan, precision)}};
  return sha256(decides.dump());
}

std::string test_fingerprint(const std::string& method, const Plan& plan, const Texts& texts, Precision precision) {
  const nlohmann::ordered_json decides = {{"method", method},
                                          {"texts", texts.test_sha256},
                                          {"n", texts.test.size()},
                                          {"settings", measuring_settings(plan, precision)}};
  return sha256(decides.dump());
}

}  // namespace pellucid::compare
