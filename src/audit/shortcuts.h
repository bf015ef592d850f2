// Words whose presence alone drives a class. Claimed of a word: put into texts of other classes that it was not chosen
// on, it raises the class's probability by more than `least_effect` beyond what an ordinary word does in the same
// place; false discoveries are controlled over all words tested. docs/measures.md.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "audit/association.h"
#include "audit/word_effects.h"

namespace pellucid {

// Whether the labels bear out how much the model makes of a word.
enum class Reading {
  over_relied,  // the model gives it more weight than the labels do, intervals apart
  borne_out,    // texts with the word have the label more often than others, and the model gives it no more weight
  unclear       // neither can be said
};
std::string_view name_of(Reading reading);

struct TestedWord {
  Candidate candidate;
  SwapTest swap;        // its p is Benjamini-Hochberg adjusted over all tested words
  Effect removal;       // the same over the removal tests; few texts or none of the testing half may have the word
  bool drives = false;  // swap.effect.p_value <= fdr
  std::optional<Association> association;  // where labels are known
  std::optional<Reading> reading;          // of words that drive, where labels are known
};

struct ShortcutOptions {
  CandidateOptions candidates;
  EffectOptions effects;
  Removal removal = Removal::mask;
  double fdr = 0.05;
};

struct Shortcuts {
  std::size_t choosing = 0, testing = 0;  // texts of the two halves
  std::vector<TestedWord> words;          // those that drive first, the largest effect first
};

// Words with too few texts to be put into are left out.
Result<Shortcuts> find_shortcuts(Classifier& classifier, const AuditedTexts& audited, const ShortcutOptions& options,
                                 const AuditProgress& progress = {});

}  // namespace pellucid
