// A text on its way through normalisation: code points that know which bytes of the caller's text they came from.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

struct Character {
  char32_t value = 0;
  ByteRange source;
};
using Characters = std::vector<Character>;

// Broken UTF-8 as U+FFFD (utf8.h).
Characters decoded(std::string_view text);

// The code points of `text`, without sources.
std::u32string code_points(std::string_view text);

std::string utf8(std::span<const Character> text);

// One code point of a normalised text and what became of the old ones: `change` is 0 where it replaces the next old
// one, 1 where it is new (it has the source of the old one before it), -n where it replaces the next one and the
// n after that are gone. This is how the `tokenizers` package keeps its alignments.
struct Edit {
  char32_t value = 0;
  int change = 0;
};
void apply_edits(std::span<const Edit> edits, Characters& text);

// Before the first character, whose source they share; nothing before an empty text.
void prepend(std::u32string_view prefix, Characters& text);

}  // namespace pellucid
