// The words that carry each class: contributions of word forms, gathered over texts. docs/measures.md.
#pragma once

#include <cstdint>
#include <vector>

#include "audit/texts.h"
#include "evaluate/statistics.h"

namespace pellucid {

struct ClassWord {
  std::size_t word = 0;   // its form's number
  std::size_t texts = 0;  // of the class that contain it
  double coverage = 0;    // their share of the class's texts
  double mean = 0;        // contribution to z_c − mean of all z where it occurs, all occurrences in a text together
  Interval interval;      // of the mean: 95 %, bootstrap over the texts that contain it
  double carried = 0;     // coverage · mean: per text of the class
};

struct ClassWords {
  std::int32_t label = 0;
  std::size_t texts = 0;         // of the class
  std::size_t frequent = 0;      // forms in at least `min_texts` of them
  std::vector<ClassWord> words;  // those that carry most, at most `count`
};

enum class Grouping { predicted, gold };  // what makes a text one of a class

struct ClassWordOptions {
  std::size_t min_texts = 5;
  std::size_t count = 20;
  std::uint64_t seed = 0;
};

// A class each, in the order of the labels, those without texts too.
std::vector<ClassWords> class_words(const AuditedTexts& audited, std::size_t classes, Grouping grouping,
                                    const ClassWordOptions& options);

}  // namespace pellucid
