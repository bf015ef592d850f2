// What verdicts on explanations mean, and how stable explanations are, on a page.
#pragma once

#include "report/evaluation.h"
#include "report/markup.h"

namespace pellucid {

void write_quality_study(Markup& page, const QualityStudy& study);
void write_stability(Markup& page, const std::vector<StabilityRow>& rows);

}  // namespace pellucid
