// Texts in, explanations out: what `pellucid explain`, the service and the replay of a record share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "data/example.h"
#include "evaluate/quality.h"
#include "report/explanation.h"

namespace pellucid {

// As people name them; the defaults are those of every door.
struct ExplainOptions {
  std::vector<std::string> methods{std::string(kDefaultMethod)};
  std::vector<std::string> targets = {};  // labels, or all; none: the predicted one
  std::string against = {};               // a label; empty: the mean of all
  std::string unit = "word";
  std::string removal = "mask";
  MethodArguments method = MethodArguments();
  std::uint64_t seed = 0;
  std::string long_texts = "truncate";  // or window
};

// The same, found in the registry and among a model's labels.
struct ExplainRequest {
  std::vector<const Method*> methods;
  std::vector<Target> targets;
  Unit unit = Unit::word;
  MethodOptions options;
  bool in_windows = false;
  std::optional<QualityOptions> quality = {};  // where asked for

  std::size_t each() const { return methods.size() * targets.size(); }  // explanations of one text
};

// Errors name the option as the command line does: "--target".
Result<ExplainRequest> resolve(const ExplainOptions& options, const LabelSet& labels);

// What the model reads of a text: all of it, to be read in windows, or its beginning.
Encoding encode(const Classifier& classifier, std::string_view text, bool in_windows);

// All methods and targets of each text, text after text. NaN or infinity in a logit is an error.
Result<std::vector<Explanation>> explain_texts(Classifier& classifier, const ExplainRequest& request,
                                               std::span<const Example> examples);

}  // namespace pellucid
