// How faithful explanations of a classifier are, text by text: comprehensiveness − sufficiency, the measure
// `difference`. Per text, because systems are compared on the same texts.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "compare/plan.h"
#include "data/example.h"
#include "error/error.h"

namespace pellucid::compare {

struct MethodFaithfulness {
  std::string method;
  std::vector<double> values;  // [n], texts in their order
  double seconds_per_text = 0, forward_equivalents = 0;
};

// `progress` gets the number of (text, method) pairs finished with each call; returning false ends with
// Error{interrupted}. Texts without a unit are left out.
Result<std::vector<MethodFaithfulness>> measure_faithfulness(Classifier& classifier, std::span<const Example> texts,
                                                             std::span<const Method* const> methods,
                                                             const FaithfulnessPlan& plan, std::uint64_t seed,
                                                             const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid::compare
