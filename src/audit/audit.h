// An audit: evidence by class over many texts. What the words of each class are, how evidence is distributed, which
// words alone drive a class, which predictions are contested, which labels may be wrong.
#pragma once

#include <optional>
#include <vector>

#include "audit/class_words.h"
#include "audit/contested.h"
#include "audit/distributions.h"
#include "audit/label_errors.h"
#include "audit/shortcuts.h"
#include "audit/texts.h"

namespace pellucid {

struct AuditOptions {
  const Method* method = nullptr;
  std::vector<const Method*> others;  // compared with it for contested predictions; none: not compared
  MethodOptions method_options;       // removal and seed serve the whole audit
  ClassWordOptions words;
  ShortcutOptions shortcuts;
  std::size_t examples = 10;  // contested texts and suspected labels shown
};

struct Audit {
  AuditedTexts texts;
  std::vector<ClassWords> predicted, gold;  // [C]; `gold` empty without labels
  Distributions distributions;
  Shortcuts shortcuts;
  Contested contested;
  std::optional<LabelErrors> label_errors;  // where texts have labels
};

Result<Audit> audit_texts(Classifier& classifier, std::vector<Example> examples, const AuditOptions& options,
                          const AuditProgress& progress = {});

}  // namespace pellucid
