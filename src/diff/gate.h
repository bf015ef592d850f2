// A release gate: limits that a difference must keep.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "diff/diff.h"

namespace pellucid {

// Those that are asked for.
struct GateLimits {
  std::optional<double> max_changed = {};      // share of texts with another label
  std::optional<double> max_broken = {};       // share of labelled texts that A has right and B wrong
  std::optional<double> min_overlap = {};      // mean share of the top words that both have
  std::optional<double> min_correlation = {};  // mean rank correlation of explanations
};

struct GateCheck {
  std::string_view option;  // "--max-changed"
  std::string_view what;    // what is limited, in words
  bool at_most = true;      // else at least
  double limit = 0;
  std::optional<double> found = {};  // none: nothing could be measured, which keeps no limit
  std::size_t n = 0;                 // texts measured

  // A mean of shares, which rounding leaves a hair beside the limit, meets it.
  bool kept() const {
    constexpr double kRounding = 1e-9;
    return found && (at_most ? *found <= limit + kRounding : *found >= limit - kRounding);
  }
};

std::vector<GateCheck> check_gate(const GateLimits& limits, const Diff& diff);

}  // namespace pellucid
