// Plausibility: whether explanations point at what people marked as the reason for the label. Measures of
// ERASER (DeYoung et al. 2020), over units; measures.md section 3. A plausible explanation need not be
// faithful, nor a faithful one plausible: a model may decide by what no one would mark.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "evaluate/judge.h"

namespace pellucid {

// Units that share a byte with a marked range. [u]
std::vector<bool> marked_units(const Units& units, std::span<const ByteRange> evidence);

// The area under precision over recall, as a sum of steps; equal scores are one step (scikit-learn's
// average_precision_score). At least one unit is marked.
double average_precision(std::span<const double> scores, const std::vector<bool>& marked);

// How often a marked unit scores above an unmarked one; equal scores count half. Some units are marked,
// some are not.
double area_under_roc(std::span<const double> scores, const std::vector<bool>& marked);

// A ranking made a rationale: its first k units (ties: earlier first).
std::vector<bool> first_units(std::span<const double> scores, std::size_t k);

// F1 of chosen against marked units.
double token_f1(const std::vector<bool>& chosen, const std::vector<bool>& marked);

// F1 of spans, runs of units: precision the share of chosen spans, recall the number of those to the
// number of marked spans, for which some marked span has intersection over union >= ½.
double iou_f1(const std::vector<bool>& chosen, const std::vector<bool>& marked);

inline constexpr std::array<std::string_view, 4> kPlausibilityMeasures = {"auprc", "auroc", "token-f1", "iou-f1"};

// One text with a human rationale.
struct RationaleText {
  const Encoding* encoding = nullptr;  // what the model reads: all of the text, or its beginning
  const Units* units = nullptr;        // of that encoding
  std::vector<bool> marked;            // [u] all of the text's units; those not read rank last
};

// Whether a rationale tells units apart: some are marked, some are not.
bool tells_apart(const std::vector<bool>& marked);

// Marked units to all, mean over texts.
double mean_marked_share(std::span<const std::vector<bool>> marked);

struct PlausibilityOptions {
  std::optional<double> share;  // a rationale is max(1, round(share · n)) units; none: as many as people marked
  MethodOptions method;
  std::uint64_t seed = 0;
};

// The predicted class is explained. Every text's marks tell units apart.
Result<std::vector<JudgedRow>> compare_plausibility(Classifier& classifier, std::span<const RationaleText> texts,
                                                    std::span<const Method* const> methods,
                                                    const PlausibilityOptions& options,
                                                    const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid
