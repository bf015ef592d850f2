// Whether explanations stay as they are where nothing, or nothing of importance, changes: the company of a
// text, threads, number format, typing mistakes, synonyms. docs/measures.md.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "data/example.h"
#include "error/error.h"
#include "evaluate/statistics.h"
#include "runtime/classifier.h"

namespace pellucid {

inline constexpr std::size_t kTopUnits = 5;

// One method under one change. Texts that the change leaves alone are not counted.
struct StabilityRow {
  std::string change;  // "alone", "threads", "bf16", "typos", "synonyms"
  std::string method;
  std::size_t n = 0;
  double spearman = 0, kendall = 0, top_overlap = 0;  // of the scores before and after, mean over texts
  Interval spearman_interval, kendall_interval, top_overlap_interval;
  double predictions_changed = 0;  // share of texts whose predicted class is another
  Interval changed_interval;       // Wilson's
};

struct StabilityOptions {
  MethodOptions method;
  Classifier* other_precision = nullptr;  // the same model in bf16 (or fp32); null: not compared
};

// Words are the units; the class predicted of the unchanged text is explained before and after. Rows of each change
// together, methods in the order given. The control's scores depend on a text's ids alone: where the text changes,
// its row is what chance gives. `progress` gets the changes finished so far; false ends with Error{interrupted}.
Result<std::vector<StabilityRow>> measure_stability(Classifier& classifier, std::span<const Example> examples,
                                                    std::span<const Method* const> methods,
                                                    const StabilityOptions& options,
                                                    const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid
