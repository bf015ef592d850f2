// The test texts as one setting of a study has them.
#pragma once

#include <string>
#include <vector>

#include "data/example.h"
#include "study/changed_text.h"
#include "study/plan.h"

namespace pellucid::study {

struct TestTexts {
  std::vector<Example> examples;     // [N]
  std::vector<ChangedText> changes;  // [N] from what they were
  std::string sha256;                // of all that
  std::size_t changed = 0;           // texts that are not as they were
};

// Whether text i is the same in both: its bytes, and where they come from.
bool same_text(const TestTexts& one, const TestTexts& other, std::size_t i);

// A text's change depends on the plan's first seed and the text's place in the file.
TestTexts test_texts_of(const StudyPlan& plan, std::size_t group, std::size_t value, const std::vector<Example>& texts);

}  // namespace pellucid::study
