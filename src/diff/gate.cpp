#include "diff/gate.h"

namespace pellucid {
namespace {

std::optional<double> mean_of(const Summary& summary) {
  return summary.n == 0 ? std::nullopt : std::optional(summary.mean);
}

}  // namespace

std::vector<GateCheck> check_gate(const GateLimits& limits, const Diff& diff) {
  std::vector<GateCheck> checks;
  if (limits.max_changed) {
    checks.push_back({.option = "--max-changed",
                      .what = "of the texts with another label",
                      .limit = *limits.max_changed,
                      .found = diff.labels.share,
                      .n = diff.labels.n});
  }
  if (limits.max_broken) {
    checks.push_back({.option = "--max-broken",
                      .what = "of the labelled texts right before and wrong now",
                      .limit = *limits.max_broken,
                      .found = diff.gold ? std::optional(diff.gold->broken_share) : std::nullopt,
                      .n = diff.gold ? diff.gold->n : 0});
  }
  const Agreement& between = diff.drift.between;
  if (limits.min_overlap) {
    checks.push_back({.option = "--min-overlap",
                      .what = "of the top words shared on average",
                      .at_most = false,
                      .limit = *limits.min_overlap,
                      .found = mean_of(between.overlap),
                      .n = between.overlap.n});
  }
  if (limits.min_correlation) {
    checks.push_back({.option = "--min-correlation",
                      .what = "rank correlation of explanations on average",
                      .at_most = false,
                      .limit = *limits.min_correlation,
                      .found = mean_of(between.correlation),
                      .n = between.correlation.n});
  }
  return checks;
}

}  // namespace pellucid
