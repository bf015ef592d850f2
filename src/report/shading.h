// What every picture of an explanation is made of: the text in shaded and unshaded parts, units by
// strength, and the words that say what a score means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/explanation.h"

namespace pellucid {

// A part of the text: a unit, or what stands between units. Parts cover the text in order.
struct Part {
  ByteRange range;
  std::optional<std::size_t> unit;
  bool unread = false;  // after the last piece that the model was given
};
std::vector<Part> parts_of(const Explanation& explanation);

// The bytes of a range, as far as the text has them.
std::string_view bytes_of(const Explanation& explanation, const ByteRange& range);

double largest_score(const Explanation& explanation);  // max |score|
double strength(double score, double largest);         // |score| / largest, 0 … 1
double sum_of_scores(const Explanation& explanation);
std::vector<std::size_t> by_strength(const Explanation& explanation);  // units, the strongest first

// Classes to show first: all in their order if they are few, else the most probable ones.
struct ShownClasses {
  std::vector<std::size_t> first, rest;
};
ShownClasses shown_classes(const Explanation& explanation);

double probability_of_label(const Explanation& explanation);

// "Sports rather than World"; "Sports, against the mean of all classes".
std::string question(const Explanation& explanation);
// What a unit does: "for", "against", or "weight" of methods whose scores have no sign. Styles have these names.
const char* side_of(const Explanation& explanation, double score);
// What raises the explained value, and what lowers it: "for Sports"; "against Sports" or "for World". Without signs:
// "how much, not for which class".
std::string direction(const Explanation& explanation, double score);
// "+0.252", or "0.252" without signs.
std::string score_text(const Explanation& explanation, double score, int decimals);
// "logit of Sports − mean of all logits"
std::string explained_value(const Explanation& explanation);
// "comprehensiveness 0.512, sufficiency 0.020, better than 95% of random orders, …"; of explanations with quality.
std::string quality_in_words(const Explanation& explanation);
// "word", "words"
std::string unit_name(Unit unit, std::size_t count);

}  // namespace pellucid
