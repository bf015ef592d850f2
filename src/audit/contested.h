// Contested predictions: those whose words several methods rank unlike each other, and those where the evidence for
// another class is nearly as strong. docs/measures.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/texts.h"
#include "evaluate/statistics.h"

namespace pellucid {

// A text that methods disagree on.
struct DisputedText {
  std::size_t text = 0;               // of the audit
  double agreement = 0;               // mean rank_agreement (evaluate/quality.h) over pairs of methods
  std::vector<std::size_t> top = {};  // [methods] the word that each ranks first, a unit of the text
};

// A text with two classes nearly equal.
struct CloseText {
  std::size_t text = 0;
  std::int32_t runner_up = 0;
  double gap = 0;                   // z_predicted − z_runner-up
  std::vector<double> scores = {};  // [u] contributions to the gap, of the audit's method
};

struct Contested {
  std::vector<std::string> methods;    // compared, the audit's first; one alone: no comparison was made
  std::size_t compared = 0;            // texts of five words or more
  double agreement = 0;                // mean over them
  Interval agreement_interval;         // 95 %, bootstrap over texts
  std::vector<DisputedText> disputed;  // least agreement first
  std::vector<CloseText> close;        // smallest gap first
};

struct ContestedOptions {
  std::size_t count = 10;  // texts of either list, at most
  std::uint64_t seed = 0;
};

Result<Contested> find_contested(Classifier& classifier, const AuditedTexts& audited, const Method& method,
                                 std::span<const Method* const> others, const MethodOptions& method_options,
                                 const ContestedOptions& options, const AuditProgress& progress = {});

}  // namespace pellucid
