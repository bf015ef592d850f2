#include "study/measure.h"

#include <algorithm>
#include <array>

namespace pellucid::study {
namespace {

constexpr std::array kNamed = {NamedMeasure{Measure::accuracy, "accuracy"},
                               NamedMeasure{Measure::precision, "precision"},
                               NamedMeasure{Measure::recall, "recall"},
                               NamedMeasure{Measure::f1, "f1"},
                               NamedMeasure{Measure::comprehensiveness, "comprehensiveness"},
                               NamedMeasure{Measure::sufficiency, "sufficiency"},
                               NamedMeasure{Measure::faithfulness, "faithfulness"},
                               NamedMeasure{Measure::rank_correlation, "rank-correlation"},
                               NamedMeasure{Measure::overlap, "overlap"},
                               NamedMeasure{Measure::minority_recall, "minority-recall"},
                               NamedMeasure{Measure::evidence_against, "evidence-against"}};

}  // namespace

std::span<const NamedMeasure> named_measures() {
  return kNamed;
}

std::string_view name_of(Measure measure) {
  return std::ranges::find(kNamed, measure, &NamedMeasure::measure)->name;
}

std::optional<Measure> find_measure(std::string_view name) {
  const auto found = std::ranges::find(kNamed, name, &NamedMeasure::name);
  return found == kNamed.end() ? std::nullopt : std::optional(found->measure);
}

}  // namespace pellucid::study
