// Explaining methods side by side on the same texts: faithfulness with intervals, paired tests and
// cost. measures.md sections 3 and 4.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "error/error.h"
#include "evaluate/faithfulness.h"
#include "evaluate/statistics.h"

namespace pellucid {

struct FaithfulnessRow {
  std::string method;
  std::string measure;  // comprehensiveness, sufficiency, difference (comprehensiveness − sufficiency)
  double value = 0;     // mean over texts
  Interval interval;    // 95 %, bootstrap over texts
  std::size_t n = 0;
  double p_value = 1;              // paired against the best method of that measure, Holm-corrected; 1 for itself
  double seconds_per_text = 0;     // of explaining
  double forward_equivalents = 0;  // per text
};

inline constexpr std::string_view kMeasures[] = {"comprehensiveness", "sufficiency", "difference"};

struct ComparisonOptions {
  FaithfulnessOptions faithfulness;
  MethodOptions method;  // its removal is the faithfulness options'
  std::uint64_t seed = 0;
};

// One text; the class that the model predicts is explained.
struct ComparedText {
  const Encoding* encoding = nullptr;
  const Units* units = nullptr;  // one at least
};

// Rows of each measure together, methods sorted best first. `progress` gets (texts × methods) finished;
// returning false ends with Error{interrupted}.
Result<std::vector<FaithfulnessRow>> compare_methods(Classifier& classifier, std::span<const ComparedText> texts,
                                                     std::span<const Method* const> methods,
                                                     const ComparisonOptions& options,
                                                     const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid
