// The properties of code points that normalisers, pre-tokenizers and regular expressions ask for, as the `tokenizers`
// package sees them: utf8proc, with the differences of unicode_tables.inl.
#pragma once

#include <array>
#include <cstddef>

namespace pellucid::unicode {

bool is_dropped(char32_t c);  // taken out by text cleaning
bool is_cleaned_to_space(char32_t c);
bool is_white_space(char32_t c);  // Unicode's White_Space
bool is_nonspacing_mark(char32_t c);
bool is_punctuation(char32_t c);
bool is_ideograph(char32_t c);  // CJK, set apart by spaces
bool is_mark(char32_t c);       // categories Mn, Mc, Me
int combining_class(char32_t c);

bool is_letter(char32_t c);          // \p{L}
bool is_number(char32_t c);          // \p{N}
bool is_numeric(char32_t c);         // the same, as the pre-tokenizer Digits sees it
bool is_word_character(char32_t c);  // \w

struct Expansion {
  std::array<char32_t, 18> points{};
  std::size_t size = 0;
};
Expansion canonical_decomposition(char32_t c);          // full, not yet in canonical order
Expansion compatibility_decomposition(char32_t c);      // the same
char32_t composition(char32_t first, char32_t second);  // 0: they do not compose
Expansion lower_case(char32_t c);

}  // namespace pellucid::unicode
