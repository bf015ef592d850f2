// A study in pictures: the four metrics against the factor, as the paper draws them, and what becomes of explanations.
#pragma once

#include <string>
#include <vector>

#include "report/chart.h"
#include "study/study.h"

namespace pellucid::study {

// Of one group: labels, explanations, and the minority class where one was made rare.
std::vector<Chart> charts_of(const Study& study, const std::string& group);

// How to read them, sentence by sentence.
std::vector<std::string> notes_on_charts(const Study& study);

}  // namespace pellucid::study
