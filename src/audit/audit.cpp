#include "audit/audit.h"

namespace pellucid {

Result<Audit> audit_texts(Classifier& classifier, std::vector<Example> examples, const AuditOptions& options,
                          const AuditProgress& progress) {
  const std::size_t classes = classifier.labels().size();
  const MethodOptions& method_options = options.method_options;
  ClassWordOptions words = options.words;
  ShortcutOptions shortcuts = options.shortcuts;
  words.seed = shortcuts.effects.seed = method_options.seed;
  shortcuts.removal = method_options.removal;
  Audit audit;
  PELLUCID_TRY(audit.texts,
               explain_for_audit(classifier, std::move(examples), *options.method, method_options, progress));
  audit.predicted = class_words(audit.texts, classes, Grouping::predicted, words);
  if (audit.texts.labelled) audit.gold = class_words(audit.texts, classes, Grouping::gold, words);
  audit.distributions = distributions(audit.texts, classes, method_options.seed);
  PELLUCID_TRY(audit.shortcuts, find_shortcuts(classifier, audit.texts, shortcuts, progress));
  PELLUCID_TRY(audit.contested, find_contested(classifier, audit.texts, *options.method, options.others, method_options,
                                               {.count = options.examples, .seed = method_options.seed}, progress));
  PELLUCID_TRY(audit.label_errors,
               find_label_errors(classifier, audit.texts, *options.method, method_options, options.examples));
  return audit;
}

}  // namespace pellucid
