#include "report/escape.h"
#include "report/terminal.h"
#include "study/study.h"
#include "study/table.h"

namespace pellucid::study {

std::string to_terminal(const Study& study, const TerminalStyle& style) {
  std::string out = emphasised(visible(study.plan_file), Emphasis::bold, style) + "\n\n";
  out += table(labels_table(study), style) + "\n" + table(explanations_table(study), style) + "\n";
  if (!study.minority.empty()) out += table(minority_table(study), style) + "\n";
  if (!study.claims.empty()) out += table(claims_table(study), style) + "\n";
  for (const std::string& note : notes_of(study)) out += "  " + visible(note) + "\n";
  return out;
}

}  // namespace pellucid::study
