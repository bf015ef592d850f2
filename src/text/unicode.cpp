#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>
#include <span>

namespace pellucid::unicode {
namespace {

struct Range {
  char32_t begin, end;  // both included
};
struct LowerCase {
  char32_t from, first, second;
};

#include "text/unicode_tables.inl"

bool contains(std::span<const Range> ranges, char32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, const Range& range) { return value < range.begin; });
  return after != ranges.begin() && c <= std::prev(after)->end;
}

utf8proc_category_t category_of(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}
bool is_letter_category(utf8proc_category_t category) {
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}
bool is_number_category(utf8proc_category_t category) {
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

}  // namespace

bool is_dropped(char32_t c) {
  return contains(kDropped, c);
}
bool is_cleaned_to_space(char32_t c) {
  return contains(kSpaces, c);
}
bool is_nonspacing_mark(char32_t c) {
  return contains(kNonspacingMarks, c);
}
bool is_punctuation(char32_t c) {
  return contains(kPunctuation, c);
}
bool is_ideograph(char32_t c) {
  return contains(kIdeographs, c);
}

bool is_white_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

int combining_class(char32_t c) {
  if (c < 0x300 || contains(kNotCombining, c)) return 0;
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

bool is_mark(char32_t c) {
  const utf8proc_category_t category = category_of(c);
  const bool mark = category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
  return mark != contains(kMarkExceptions, c);
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  return is_letter_category(category_of(c)) != contains(kLetterExceptions, c);
}

bool is_number(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return is_number_category(category_of(c)) != contains(kNumberExceptions, c);
}

bool is_numeric(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return is_number_category(category_of(c)) != contains(kNumericExceptions, c);
}

bool is_word_character(char32_t c) {
  if (c < 0x80) return is_letter(c) || is_number(c) || c == '_';
  const utf8proc_category_t category = category_of(c);
  const bool word = is_letter_category(category) ||
                    (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_NL) ||
                    category == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D;
  return word != contains(kWordExceptions, c);
}

namespace {

Expansion decomposition(char32_t c, utf8proc_option_t options) {
  Expansion expansion;
  std::array<utf8proc_int32_t, expansion.points.size()> buffer{};
  int boundary = 0;
  const auto size =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), buffer.data(), buffer.size(), options, &boundary);
  expansion.size = static_cast<std::size_t>(size);  // at most 4 if canonical, at most 18 if not
  std::copy_n(buffer.begin(), expansion.size, expansion.points.begin());
  return expansion;
}

}  // namespace

Expansion canonical_decomposition(char32_t c) {
  if (c < 0xC0 || contains(kNotDecomposed, c)) return {{c}, 1};
  return decomposition(c, UTF8PROC_DECOMPOSE);
}

Expansion compatibility_decomposition(char32_t c) {
  if (c < 0xA0 || contains(kNotCompatibilityDecomposed, c)) return {{c}, 1};
  return decomposition(c, static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT));
}

char32_t composition(char32_t first, char32_t second) {
  if (second < 0x300) return 0;  // every second one lies above
  std::array<utf8proc_int32_t, 2> pair{static_cast<utf8proc_int32_t>(first), static_cast<utf8proc_int32_t>(second)};
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  if (utf8proc_normalize_utf32(pair.data(), pair.size(), kOptions) != 1) return 0;
  const auto composed = static_cast<char32_t>(pair[0]);
  return contains(kNotDecomposed, composed) ? 0 : composed;
}

Expansion lower_case(char32_t c) {
  Expansion expansion;
  const auto* const found = std::lower_bound(std::begin(kLowerCase), std::end(kLowerCase), c,
                                             [](const LowerCase& entry, char32_t value) { return entry.from < value; });
  if (found != std::end(kLowerCase) && found->from == c) {
    expansion.points = {found->first, found->second};
    expansion.size = found->second == 0 ? 1 : 2;
  } else {
    expansion.points[0] = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    expansion.size = 1;
  }
  return expansion;
}

}  // namespace pellucid::unicode
