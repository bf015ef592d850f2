#include "text/normal_forms.h"

#include <algorithm>

#include "text/unicode.h"

namespace pellucid {
namespace {

// In canonical order: each run of marks sorted by combining class.
std::vector<Edit> decomposed(const Characters& text, bool compatibility) {
  struct Mark {
    Edit edit;
    int combining_class;
  };
  std::vector<Edit> edits;
  std::vector<Mark> marks;
  const auto flush = [&] {
    std::ranges::stable_sort(marks, {}, &Mark::combining_class);
    for (const Mark& mark : marks) edits.push_back(mark.edit);
    marks.clear();
  };
  for (const Character& c : text) {
    const unicode::Expansion parts =
        compatibility ? unicode::compatibility_decomposition(c.value) : unicode::canonical_decomposition(c.value);
    for (std::size_t i = 0; i < parts.size; ++i) {
      const Edit edit{parts.points[i], i == 0 ? 0 : 1};
      const int combining_class = unicode::combining_class(edit.value);
      if (combining_class == 0) {
        flush();
        edits.push_back(edit);
      } else {
        marks.push_back({edit, combining_class});
      }
    }
  }
  flush();
  return edits;
}

// UAX #15, D117: a character composes with the last starter unless one between them has a class as high, or none.
std::vector<Edit> composed(std::span<const Edit> edits) {
  std::vector<Edit> result;
  std::size_t starter = SIZE_MAX;  // its place in the result
  int last_class = -1;             // of what stands behind the starter; -1: nothing does
  for (const Edit& edit : edits) {
    const int combining_class = unicode::combining_class(edit.value);
    if (starter != SIZE_MAX && last_class < combining_class) {
      if (const char32_t whole = unicode::composition(result[starter].value, edit.value); whole != 0) {
        result[starter].value = whole;
        result[starter].change += edit.change - 1;
        continue;
      }
    }
    if (combining_class == 0) {
      starter = result.size();
      last_class = -1;
    } else {
      last_class = combining_class;
    }
    result.push_back(edit);
  }
  return result;
}

}  // namespace

void normalize(Characters& text, NormalForm form) {
  const auto is_unchanged = [](const Character& c) { return c.value < 0xA0; };
  if (std::ranges::all_of(text, is_unchanged)) return;
  const std::vector<Edit> edits = decomposed(text, form == NormalForm::nfkc || form == NormalForm::nfkd);
  const bool composes = form == NormalForm::nfc || form == NormalForm::nfkc;
  apply_edits(composes ? composed(edits) : edits, text);
}

}  // namespace pellucid
