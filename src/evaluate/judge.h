// Explaining methods judged on the same texts by anything that can be said of a single explanation:
// means with intervals over texts, paired tests, cost. measures.md section 4.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/method.h"
#include "error/error.h"
#include "evaluate/statistics.h"

namespace pellucid {

struct JudgedRow {
  std::string method;
  std::string measure;
  double value = 0;   // mean over texts; higher is better
  Interval interval;  // 95 %, bootstrap over texts
  std::size_t n = 0;
  double p_value = 1;              // paired against the best method of that measure, Holm-corrected; 1 for itself
  double seconds_per_text = 0;     // of explaining
  double forward_equivalents = 0;  // per text
};

// The value of each measure for one explanation, `text` being its place among the inputs.
using Judge = std::function<std::vector<double>(std::size_t text, const Attribution& attribution)>;

// Explains every input with every method, encodings of any length in windows (windows.h). Rows of each
// measure together, the best method first. `progress` gets (texts × methods) finished; returning false
// ends with Error{interrupted}.
Result<std::vector<JudgedRow>> judge_methods(Classifier& classifier, std::span<const Input> inputs,
                                             std::span<const Method* const> methods,
                                             std::span<const std::string_view> measures, const Judge& judge,
                                             const MethodOptions& options, std::uint64_t seed,
                                             const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid
