// What one word does to predictions, against what an ordinary word does: put into texts of other classes, and taken out
// of texts of its class. docs/measures.md says what is claimed of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "audit/candidates.h"
#include "audit/texts.h"
#include "evaluate/predictions.h"
#include "evaluate/statistics.h"

namespace pellucid {

struct EffectOptions {
  std::size_t texts = 100;    // a test, at most
  double least_effect = 0.1;  // of a probability, beyond the control's
  std::size_t examples = 3;
  std::uint64_t seed = 0;
};

inline constexpr std::size_t kFewestTested = 5;

// The change of p_c: its rise where the word is put in, its fall where it is taken out.
struct Effect {
  std::size_t texts = 0;
  double change = 0, control_change = 0;            // means
  double beyond = 0;                                // their difference
  Interval interval;                                // of `beyond`: 95 %, bootstrap over texts
  double flips = 0, control_flips = 0;              // share of texts whose prediction becomes c, or leaves it
  Interval flips_interval, control_flips_interval;  // Wilson's
  // One-sided, of beyond <= least_effect, by sign flips; of fewer than kFewestTested texts nothing is said.
  std::optional<double> p_value = {};
};

// A text with the word put in.
struct SwapExample {
  std::size_t text = 0;                            // of the audit
  std::size_t unit = 0;                            // which gave way
  std::size_t control = 0;                         // the form put there for comparison
  double before = 0, after = 0, with_control = 0;  // p_c
  std::int32_t predicted = 0;                      // with the word
};

struct SwapTest {
  Effect effect;
  double weight = 0;  // mean rise of ln p_c/(1 − p_c), beyond the control's: how much evidence the word is to the model
  Interval weight_interval;           // 95 %, bootstrap over texts
  std::vector<SwapExample> examples;  // where it does most
};

// Texts of the testing half that are predicted, and if labelled are labelled, as other classes, and lack the word: it
// takes the place of the word with the smallest contribution, and so does, in another copy, one of its controls.
class Swap {
 public:
  Swap(const AuditedTexts& audited, const Candidate& candidate, const EffectOptions& options, std::size_t max_length,
       Predictions& predictions);
  SwapTest outcome(const Predictions& predictions) const;  // after run()

 private:
  struct Copy {
    SwapExample example;
    Predictions::Variant with, with_control;
  };
  const AuditedTexts& audited_;
  const Candidate& candidate_;
  const EffectOptions& options_;
  std::vector<Copy> copies_;
};

// Texts of the testing half that are predicted as the class and contain the word: all its occurrences are removed, and,
// in another copy, as many other words of the text, drawn at random.
class Taking {
 public:
  Taking(const AuditedTexts& audited, const Candidate& candidate, const EffectOptions& options,
         Predictions& predictions);
  Effect outcome(const Predictions& predictions) const;

 private:
  struct Copy {
    std::size_t text;
    Predictions::Variant without, without_control;
  };
  const AuditedTexts& audited_;
  const Candidate& candidate_;
  const EffectOptions& options_;
  std::vector<Copy> copies_;
};

}  // namespace pellucid
