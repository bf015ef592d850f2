// Which word each piece of a text belongs to. Words are what white space and punctuation separate, a punctuation
// mark or a CJK ideograph is a word of its own, as in BERT's tokenizer; but a piece is never divided. So a piece
// begins a word where its first character that is not white space does, and all others continue the word of the piece
// before. A piece of white space alone belongs to the word that follows it, as the space within "Ġword" or "▁word"
// does; at the end of a text to the last one.
#pragma once

#include <string_view>

#include "text/tokenizer.h"

namespace pellucid {

// `range` without the white space at its ends; as it is where there is nothing else.
ByteRange without_white_space(std::string_view text, ByteRange range);

// Sets encoding.words where they are not kNoWord, from the ranges.
void number_words(std::string_view text, Encoding& encoding);

}  // namespace pellucid
