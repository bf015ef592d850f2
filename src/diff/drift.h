// How far two models explain alike what they label alike: over texts, beside what one model gives by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "diff/explained.h"
#include "diff/summary.h"

namespace pellucid {

// Of one text.
struct Likeness {
  double correlation = 0;  // Spearman's, of the words' scores
  double overlap = 0;      // share of the `top` words that both have
};
// Nothing of texts with `top` words or fewer, whose top words are all of them, and where neither side has an order.
std::optional<Likeness> likeness(const SharedWords& words, std::size_t top);

// Over texts.
struct Agreement {
  Summary correlation, overlap;
  double chance_overlap = 0;  // what rankings without relation share: mean of top / words
};
Agreement agreement(std::span<const ExplainedText> texts, std::size_t top, std::uint64_t seed);

struct ClassDrift {
  std::int32_t label = 0;
  std::size_t texts = 0, changed = 0;  // that A labels so; of these B otherwise
  Agreement between = {};              // of the explained texts of the class
};

struct Drift {
  std::size_t texts = 0;  // explained by both; `between` has those with more than `top` words
  Agreement between = {};
  std::optional<Agreement> itself = {};  // A with A under another seed; none where the method draws nothing
  double size_a = 0, size_b = 0;         // mean over texts of Σ |score|: how large scores are, which ranks do not see
  std::vector<ClassDrift> classes = {};  // [C]
};

// `explained`: texts that both label alike, for that label. `again`: the same by A twice, under two seeds; empty: not
// done.
Drift drift(std::span<const DiffText> texts, std::span<const ExplainedText> explained,
            std::span<const ExplainedText> again, std::size_t classes, std::size_t top, std::uint64_t seed);

}  // namespace pellucid
