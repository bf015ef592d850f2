// Explaining methods side by side on the same texts: measures of faithfulness with intervals, paired tests,
// cost, and curves. measures.md sections 3 and 4.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/method.h"
#include "data/shard.h"
#include "error/error.h"
#include "evaluate/comparison_part.h"
#include "evaluate/curves.h"
#include "evaluate/measure.h"
#include "evaluate/statistics.h"

namespace pellucid {

// Of several values that a measure is the mean of: parameter randomisation after one stage.
struct FaithfulnessPart {
  std::string name;
  double value = 0;
  Interval interval;
};

struct FaithfulnessRow {
  std::string method;
  std::string measure;
  double value = 0;   // mean over texts
  Interval interval;  // 95 %, bootstrap over texts
  std::size_t n = 0;
  double p_value = 1;              // paired against the best method of that measure, Holm-corrected; 1 for itself
  double seconds_per_text = 0;     // of explaining
  double forward_equivalents = 0;  // per text
  Better better = Better::higher;
  std::vector<FaithfulnessPart> parts = {};
};

struct MeasureCost {
  std::string measure;
  double seconds_per_text = 0;  // all methods together; predictions that measures share count for the first
};

struct MethodComparison {
  std::vector<FaithfulnessRow> rows;  // measure by measure in the order asked for, the best method first
  std::vector<Curves> curves;         // a method each, in the order asked for
  std::vector<MeasureCost> costs;     // in the order asked for
};

// One text; the class that the model predicts is explained.
struct ComparedText {
  const Encoding* encoding = nullptr;
  const Units* units = nullptr;  // one at least
};

// Those that are set side by side where none is named, as far as they apply.
inline constexpr std::string_view kUsualMethods[] = {kDefaultMethod, kReportMethod, "attention-attribution",
                                                     "gradient-x-input", "random"};
// Those named, each once; `all` that apply to the classifier; where none is named the usual ones and its default. The
// control is there whether it was named or not: without it no figure can be read.
Result<std::vector<const Method*>> chosen_methods(const std::vector<std::string>& names, const Classifier& classifier);

// What is compared, and how.
struct ComparisonRequest {
  Classifier& classifier;
  std::span<const ComparedText> texts;
  std::span<const Method* const> methods;
  std::span<const Measure* const> measures;
  const MeasureOptions& options;
  // Gets the steps of work that were just finished; returning false ends with Error{interrupted}.
  std::function<bool(std::size_t)> progress = {};
  // Parts that are there are not computed again, the others are kept there. Null: none is.
  const KeptParts* kept = nullptr;
};

// How much there is to do for a shard of the texts: a step is a text explained by one method, or judged by one measure.
std::size_t comparison_steps(const ComparisonRequest& request, const Shard& shard = {});

Result<MethodComparison> compare_methods(const ComparisonRequest& request);

// Only adds to request.kept what a shard of the texts lacks there.
Result<void> compare_shard(const ComparisonRequest& request, const Shard& shard);

}  // namespace pellucid
