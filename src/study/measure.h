// What a study measures at each value, by the names that claims call it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace pellucid::study {

enum class Measure {
  accuracy,
  precision,  // macro averages
  recall,
  f1,
  comprehensiveness,
  sufficiency,
  faithfulness,      // comprehensiveness − sufficiency
  rank_correlation,  // of explanations with the reference's
  overlap,
  minority_recall,  // of an imbalance alone
  evidence_against
};

struct NamedMeasure {
  Measure measure;
  std::string_view name;
};
std::span<const NamedMeasure> named_measures();

std::string_view name_of(Measure measure);
std::optional<Measure> find_measure(std::string_view name);

constexpr bool compares_explanations(Measure measure) {
  return measure == Measure::rank_correlation || measure == Measure::overlap;
}
constexpr bool is_of_minority(Measure measure) {
  return measure == Measure::minority_recall || measure == Measure::evidence_against;
}

}  // namespace pellucid::study
