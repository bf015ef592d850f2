// What changed between two releases of a classifier: in labels, against gold labels where there are any, and in
// explanations. docs/measures.md.
#pragma once

#include <optional>
#include <vector>

#include "diff/changes.h"
#include "diff/drift.h"
#include "diff/moved_words.h"

namespace pellucid {

struct DiffOptions {
  const Method* method = nullptr;
  MethodOptions method_options;  // the seed serves everything
  std::size_t limit = 500;       // texts explained, drawn with the seed from those that both label alike
  std::size_t top = 5;           // words whose overlap is measured
  MovedWordOptions words;
  std::size_t examples = 10;  // texts of either list shown
};

// A text that has another label now; its target is B's label against A's.
struct ChangedText {
  ExplainedText explained;
  double margin = 0;  // how far the models' probabilities of the two labels lie apart, both models' added: 0 … 2
};

// A text that has the same label for other reasons; its target is that label.
struct ReasonedText {
  ExplainedText explained;
  Likeness likeness;
};

struct Diff {
  std::vector<DiffText> texts;
  LabelChanges labels;
  std::optional<GoldChanges> gold;  // where texts have labels
  Drift drift;
  std::vector<MovedWords> words;     // [C]
  std::vector<ChangedText> changed;  // widest margin first
  std::vector<ReasonedText> unlike;  // lowest correlation first
};

// The method that evaluations use; where it does not apply to both models, one that does.
const Method& shared_report_method(const ComparedModels& models);

Result<Diff> diff_models(const ComparedModels& models, std::vector<Example> examples, const DiffOptions& options,
                         const DiffProgress& progress = {});

}  // namespace pellucid
