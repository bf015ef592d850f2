// How far a single explanation can be trusted, from what can be measured of one text without its label:
// docs/measures.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "attribution/method.h"
#include "error/error.h"
#include "evaluate/statistics.h"
#include "runtime/classifier.h"

namespace pellucid {

enum class Verdict { ok, weak, suspect };
std::string_view name_of(Verdict verdict);

struct Quality {
  double comprehensiveness = 0, sufficiency = 0;  // deciles, of the target's probability
  Removal removal = Removal::mask;                // how units are removed for both
  // Share of random orders of the same text whose comprehensiveness − sufficiency is smaller, in percent; ties count
  // half. Of fewer than four units there are too few orders for it to tell anything.
  std::optional<double> random_percentile = {};
  std::optional<double> completeness_error = {};  // |residual| / Σ |φ|, of methods that promise completeness
  std::optional<double> agreement = {};  // mean Kendall τ-b with the other cheap methods, by size with unsigned ones
  Verdict verdict = Verdict::ok;
};

// suspect: no better than a random order (percentile below 50), or scores that do not add up (error above 5 %).
// weak: not clearly better (percentile below 90), or others rank the units otherwise (agreement below 0).
inline constexpr double kSuspectPercentile = 50, kWeakPercentile = 90, kSuspectError = 0.05, kWeakAgreement = 0;
Verdict verdict_of(const Quality& quality);

// How far two methods rank the units of a text alike: Kendall's τ-b, of sizes where one of them has no signs.
double rank_agreement(const Method& a, std::span<const double> a_scores, const Method& b,
                      std::span<const double> b_scores);

struct QualityOptions {
  MethodOptions method = {};
  std::size_t random_orders = 20;
  std::vector<const Method*> others;  // cheap_methods(); the explained method itself is passed over
};

// Methods that take at most two passes, by what they report of a short text; without the control.
Result<std::vector<const Method*>> cheap_methods(Classifier& classifier);

// Of the attributions `found` that `method` gave for `inputs` (their targets included). Texts without units have
// no quality, nor has a class against itself. Costs about 20 predictions an order, shared by all explanations of one
// call.
Result<std::vector<std::optional<Quality>>> qualities(const Method& method, Classifier& classifier,
                                                      std::span<const Input> inputs, std::span<const Attribution> found,
                                                      const QualityOptions& options);

}  // namespace pellucid
