// What the labels say of a word: whether texts that contain it have the label more often than others.
#pragma once

#include <cstdint>
#include <optional>

#include "audit/texts.h"
#include "evaluate/statistics.h"

namespace pellucid {

struct Association {
  std::size_t texts = 0;     // labelled texts of the testing half that contain the word
  std::size_t labelled = 0;  // of these with the label
  double share = 0;          // labelled / texts
  Interval share_interval;   // Wilson's
  double base = 0;           // share of the label among all labelled texts of that half
  double p_value = 1;        // Fisher's exact test, two-sided; not corrected
  // ln P(word | label) / P(word | another label), counts with ½ added: the weight of evidence (Good 1950) that the word
  // has by the labels alone, what naive Bayes would give it.
  double weight = 0;
  Interval weight_interval;  // 95 %, normal approximation
};

// Nothing where no text of the testing half has a label.
std::optional<Association> association(const AuditedTexts& audited, std::size_t word, std::int32_t label);

}  // namespace pellucid
