// What a study found: JSON (pellucid.study/1), terminal, HTML. docs/formats.md, docs/measures.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compare/setup.h"
#include "report/explanation.h"
#include "study/claim.h"
#include "study/consistency.h"
#include "study/kind.h"

namespace pellucid::study {

struct StudyRun {
  std::uint64_t seed = 0;
  std::string minority;  // of an imbalance
  std::string folder;
  std::size_t training_texts = 0;
  double validation_macro_f1 = 0, accuracy = 0, macro_f1 = 0;  // the last two on the test texts
  std::int64_t steps = 0;
  double seconds = 0;  // of training
};

struct Consistency {
  std::size_t n = 0;  // pairs of explanations, of all seeds together
  compare::Figure rank_correlation, overlap;
};

struct Minority {
  compare::Figure recall;   // of the minority class's test texts
  compare::Figure against;  // the share of evidence against their label
  std::size_t n = 0;        // explanations that say so
};

struct StudyRow {
  std::string group;  // treatment, level
  double value = 0;
  std::string text;               // the value as people read it
  bool reference = false;         // what the others are compared with; more than one only where they are the same
  std::size_t changed_texts = 0;  // test texts
  compare::Figure accuracy, precision, recall, f1;             // macro averages
  compare::Figure comprehensiveness, sufficiency, difference;  // explanations
  double random = 0;                                           // the control's difference
  std::optional<Consistency> consistency;                      // with the reference; not of itself
  std::optional<Minority> minority;
  std::vector<StudyRun> runs;
};

// Of shuffled sentences.
struct SentenceCounts {
  std::size_t texts = 0, several = 0;  // test texts; those of more than one sentence
};

struct Study : compare::Setup {
  const Kind* kind = nullptr;
  std::string options;              // as the plan gives them
  std::string method;               // that explains
  std::vector<std::string> groups;  // one, empty, where there are none
  std::vector<std::string> minority;
  std::vector<StudyRow> rows;        // by groups, then values
  std::optional<Consistency> floor;  // of the reference with itself, trained with another seed
  std::optional<SentenceCounts> sentences;
  std::vector<JudgedClaim> claims;  // in the plan's order
};

std::string name_of(const StudyRow& row);  // "40%, word"

std::string to_json(const Study& study);
std::string to_terminal(const Study& study, const TerminalStyle& style);
std::string to_html(const Study& study);
std::string to_svg(const Study& study);  // the page's charts alone

}  // namespace pellucid::study
