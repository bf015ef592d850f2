// What a plan says of a factor before it is measured, and what came of it: docs/measures.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "compare/figure.h"
#include "study/measure.h"

namespace pellucid::study {

inline constexpr std::string_view kNoiseFloor = "noise floor";

enum class Relation { below, above, near };  // of the value at `at`, to that at `than`

struct Claim {
  std::string says;  // in words
  Measure measure = Measure::accuracy;
  std::string at, than;  // values as the tables have them, "1:16, none"; `than`: the noise floor too
  Relation relation = Relation::below;
  double margin = 0;  // below, above: by more than this; near: by less
};

enum class Verdict { confirmed, refuted, undecided };

struct JudgedClaim {
  Claim claim;
  std::optional<compare::Figure> difference = {};  // the measure at `at` less that at `than`; none: not measurable
  Verdict verdict = Verdict::undecided;
};

std::string_view name_of(Relation relation);
std::string_view name_of(Verdict verdict);

// Of a difference that every seed has. Confirmed: the interval, and the difference of every seed, are as claimed;
// refuted: none of them is, no part of the interval either.
Verdict verdict_on(const Claim& claim, const compare::Figure& difference);

}  // namespace pellucid::study
