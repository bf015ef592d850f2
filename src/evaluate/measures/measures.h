// The measures that measure.cpp registers. Internal to the evaluation layer.
#pragma once

#include "evaluate/measure.h"

namespace pellucid {

Result<Measured> comprehensiveness(Scene& scene);
Result<Measured> sufficiency(Scene& scene);
Result<Measured> faithfulness_difference(Scene& scene);
Result<Measured> normalised_comprehensiveness(Scene& scene);
Result<Measured> normalised_sufficiency(Scene& scene);
Result<Measured> soft_comprehensiveness(Scene& scene);
Result<Measured> soft_sufficiency(Scene& scene);
Result<Measured> loo_correlation(Scene& scene);
Result<Measured> decision_flip(Scene& scene);
Result<Measured> decision_flip_reversed(Scene& scene);
Result<Measured> infidelity(Scene& scene);
Result<Measured> max_sensitivity(Scene& scene);
Result<Measured> parameter_randomisation(Scene& scene);

}  // namespace pellucid
