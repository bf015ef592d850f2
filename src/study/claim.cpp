#include "study/claim.h"

#include <algorithm>
#include <limits>

namespace pellucid::study {
namespace {

// Differences that a claim allows, without their ends.
struct Range {
  double low, high;

  bool holds(double value) const { return low < value && value < high; }
  bool holds(const Interval& interval) const { return holds(interval.low) && holds(interval.high); }
  bool touches(const Interval& interval) const { return low < interval.high && interval.low < high; }
};

Range claimed(const Claim& claim) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  switch (claim.relation) {
    case Relation::below: return {-kFar, -claim.margin};
    case Relation::above: return {claim.margin, kFar};
    case Relation::near: break;
  }
  return {-claim.margin, claim.margin};
}

}  // namespace

std::string_view name_of(Relation relation) {
  switch (relation) {
    case Relation::below: return "below";
    case Relation::above: return "above";
    case Relation::near: break;
  }
  return "near";
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::confirmed: return "confirmed";
    case Verdict::refuted: return "refuted";
    case Verdict::undecided: break;
  }
  return "undecided";
}

Verdict verdict_on(const Claim& claim, const compare::Figure& difference) {
  const Range range = claimed(claim);
  const auto as_claimed = [&](double of_seed) { return range.holds(of_seed); };
  if (range.holds(difference.interval) && std::ranges::all_of(difference.of_seeds, as_claimed)) {
    return Verdict::confirmed;
  }
  if (!range.touches(difference.interval) && std::ranges::none_of(difference.of_seeds, as_claimed)) {
    return Verdict::refuted;
  }
  return Verdict::undecided;
}

}  // namespace pellucid::study
