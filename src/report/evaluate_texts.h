// Labelled texts in, an evaluation out: what `pellucid evaluate` and the Python package share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/example.h"
#include "data/shard.h"
#include "evaluate/measure.h"
#include "report/evaluation.h"
#include "runtime/classifier.h"

namespace pellucid {

// As people name them; the defaults are those of every door.
struct EvaluateOptions {
  bool faithfulness = false, quality_study = false, stability = false;
  std::vector<std::string> methods = {};  // none: the usual ones that apply
  MethodArguments method = MethodArguments();
  std::vector<std::string> measures{std::begin(kDefaultMeasures), std::end(kDefaultMeasures)};
  std::string sort_by = {};  // empty: difference where it is measured, else the first measure
  std::string bins = "deciles", unit = "word", removal = "mask";
  std::optional<Precision> explain_precision = {};  // of faithfulness's explanations, where predictions have another
  std::size_t limit = 500;                          // texts whose explanations are measured, drawn with the seed
  std::size_t examples = 0;                         // explanations to show
  std::uint64_t seed = 0;
  std::string long_texts = "truncate";  // or window
  std::string parts = {};               // of faithfulness: a folder that keeps what is finished; empty: none does
};

// The same, found in the registries.
struct EvaluateRequest {
  EvaluateOptions options;
  std::vector<const Method*> methods;  // the control among them
  std::vector<const Measure*> measures;
  std::string sort_by;
  Unit unit = Unit::word;
  MeasureOptions measuring;
};

// Errors name the option as the command line does: "--measures". What needs no classifier to be seen is checked first.
Result<void> check(const EvaluateOptions& options);
Result<EvaluateRequest> resolve(const EvaluateOptions& options, const Classifier& classifier);

// A classifier, the folder that it came from, and how it is had in another number format.
struct EvaluatedModel {
  Classifier& classifier;
  std::string folder;
  std::function<Result<std::unique_ptr<Classifier>>(Precision)> in_precision;
};

struct EvaluatedTexts {
  Evaluation evaluation;                  // without the name and the hash of the data, which had no file here
  std::vector<Explanation> explanations;  // `examples` of them: wrong and right predictions in equal parts
};

// Each example has a label; one that is not the model's is an error. Draws progress unless `quiet`.
Result<EvaluatedTexts> evaluate_texts(const EvaluatedModel& model, const EvaluateRequest& given,
                                      std::vector<Example> examples, bool quiet);

// Only what a shard of the drawn texts lacks in the folder `parts`, for evaluate_texts to find there.
Result<void> evaluate_shard(const EvaluatedModel& model, const EvaluateRequest& given, std::vector<Example> examples,
                            const Shard& shard, bool quiet);

}  // namespace pellucid
