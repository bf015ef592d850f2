#include "evaluate/measure.h"

#include <algorithm>
#include <array>

#include "error/listed.h"
#include "evaluate/measures/measures.h"

namespace pellucid {
namespace {

constexpr std::array kMeasures = {
    Measure{"comprehensiveness", "fall of the probability when the top-ranked units are removed",
            "DeYoung et al. 2020, equation 1", Better::higher, comprehensiveness},
    Measure{"sufficiency", "fall of the probability when only the top-ranked units are kept",
            "DeYoung et al. 2020, equation 2", Better::lower, sufficiency},
    Measure{"difference", "comprehensiveness - sufficiency", "", Better::higher, faithfulness_difference},
    Measure{"normalised-comprehensiveness", "its place between the worst and the best order of the text; slow",
            "Edin et al. 2024", Better::higher, normalised_comprehensiveness},
    Measure{"normalised-sufficiency", "the same of sufficiency", "Edin et al. 2024", Better::lower,
            normalised_sufficiency},
    Measure{"soft-comprehensiveness", "fall when embedding entries are dropped, important ones more often",
            "Zhao & Aletras 2023", Better::higher, soft_comprehensiveness},
    Measure{"soft-sufficiency", "fall when embedding entries are dropped, important ones less often",
            "Zhao & Aletras 2023", Better::lower, soft_sufficiency},
    Measure{"loo-correlation", "Kendall's tau-b with the effects of leaving single units out",
            "Jain & Wallace 2019, section 4.1", Better::higher, loo_correlation},
    Measure{"decision-flip", "share of units removed, most important first, until the predicted class changes",
            "Serrano & Smith 2019, section 4", Better::lower, decision_flip},
    Measure{"decision-flip-reversed", "the same, least important first", "Serrano & Smith 2019, section 4",
            Better::higher, decision_flip_reversed},
    Measure{"infidelity", "share of the effect of removing units that their scores miss",
            "Yeh et al. 2019, definition 2.1", Better::lower, infidelity},
    Measure{"max-sensitivity", "largest relative change of the scores under small changes of the embeddings",
            "Yeh et al. 2019, definition 3.1", Better::lower, max_sensitivity},
    Measure{kRandomisation, "rank correlation with explanations of a model whose top layers are random",
            "Adebayo et al. 2018, section 3", Better::lower, parameter_randomisation},
};

}  // namespace

std::span<const Measure> measures() {
  return kMeasures;
}

Result<const Measure*> find_measure(std::string_view name) {
  const auto found = std::ranges::find(kMeasures, name, &Measure::name);
  if (found != kMeasures.end()) return &*found;
  return fail(ErrorCode::usage,
              "expected a measure: one of " + listed(kMeasures, &Measure::name) + "; found '" + std::string(name) + "'",
              "--measures");
}

}  // namespace pellucid
