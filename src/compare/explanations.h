// How faithful explanations of a classifier are, text by text: comprehensiveness and sufficiency. Per text, because
// systems are compared on the same texts; with the scores, because explanations are.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "compare/plan.h"
#include "data/example.h"
#include "error/error.h"
#include "evaluate/faithfulness.h"

namespace pellucid::compare {

struct ExplainedText {
  std::size_t text = 0;          // among those given
  std::int32_t label = 0;        // predicted, and explained
  std::vector<ByteRange> units;  // [u]
  std::vector<double> scores;    // [u]
  TextFaithfulness faithfulness;
};

struct ExplainedTexts {
  std::string method;
  std::vector<ExplainedText> texts;                      // those with a unit, in their order
  double seconds_per_text = 0, forward_equivalents = 0;  // of explaining
};

// `progress` gets the number of (text, method) pairs finished with each call; returning false ends with
// Error{interrupted}.
Result<std::vector<ExplainedTexts>> explain_texts(Classifier& classifier, std::span<const Example> texts,
                                                  std::span<const Method* const> methods, const FaithfulnessPlan& plan,
                                                  std::uint64_t seed,
                                                  const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid::compare
