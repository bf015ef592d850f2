// The words of a text as two models see them. Tokenizers may cut differently, but all words are bytes of the text: what
// overlaps is taken together, until both have it in one.
#pragma once

#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

struct SharedWords {
  std::vector<ByteRange> ranges = {};
  std::vector<double> a = {}, b = {};  // [u] scores, the sums of what each took together
};

// What only one of them read, where the other's text was cut, is left out. Ranges ascend and do not overlap.
SharedWords shared_words(std::span<const ByteRange> ranges_a, std::span<const double> scores_a,
                         std::span<const ByteRange> ranges_b, std::span<const double> scores_b);

}  // namespace pellucid
