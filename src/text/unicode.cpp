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

Expansion canonical_decomposition(char32_t c) {
  Expansion expansion;
  if (c < 0xC0 || contains(kNotDecomposed, c)) {
    expansion.points[0] = c;
    expansion.size = 1;
    return expansion;
  }
  std::array<utf8proc_int32_t, 8> buffer{};
  int boundary = 0;
  const auto size = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), buffer.data(), buffer.size(),
                                            UTF8PROC_DECOMPOSE, &boundary);
  expansion.size = static_cast<std::size_t>(size);  // at most 4 for canonical decompositions
  std::copy_n(buffer.begin(), expansion.size, expansion.points.begin());
  return expansion;
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
