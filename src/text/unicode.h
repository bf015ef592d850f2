// The properties of code points that BERT's normalisation asks for, as the `tokenizers` package sees
// them: utf8proc, with the differences of unicode_tables.inl.
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
int combining_class(char32_t c);

struct Expansion {
  std::array<char32_t, 8> points{};
  std::size_t size = 0;
};
Expansion canonical_decomposition(char32_t c);  // full, not yet in canonical order
Expansion lower_case(char32_t c);

}  // namespace pellucid::unicode
