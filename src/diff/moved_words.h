// Words that count otherwise: whose mean contribution to a class moved most from one model to the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "diff/explained.h"
#include "evaluate/statistics.h"

namespace pellucid {

struct MovedWord {
  std::string form;        // lower case (audit/texts.h)
  std::size_t texts = 0;   // of the class that contain it
  double a = 0, b = 0;     // mean contribution there, all occurrences in a text together
  double difference = 0;   // b − a
  Interval interval = {};  // of the difference: 95 %, bootstrap over these texts, both models on the same ones
};

struct MovedWords {
  std::int32_t label = 0;
  std::size_t texts = 0;              // explained texts of the class
  std::size_t frequent = 0;           // forms in at least `min_texts` of them
  std::vector<MovedWord> words = {};  // those that moved most, at most `count`
};

struct MovedWordOptions {
  std::size_t min_texts = 5;
  std::size_t count = 10;
  std::uint64_t seed = 0;
};

// A class each, in the order of the labels. `explained`: texts that both label alike, for that label.
std::vector<MovedWords> moved_words(std::span<const DiffText> texts, std::span<const ExplainedText> explained,
                                    std::size_t classes, const MovedWordOptions& options);

}  // namespace pellucid
