#include "text/characters.h"

#include <algorithm>

#include "text/utf8.h"

namespace pellucid {

Characters decoded(std::string_view text) {
  Characters characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint next = decode(text, at);
    characters.push_back({next.value, {at, at + next.size}});
    at += next.size;
  }
  return characters;
}

std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (const Character& c : decoded(text)) points.push_back(c.value);
  return points;
}

std::string utf8(std::span<const Character> text) {
  std::string bytes;
  for (const Character& c : text) append_utf8(bytes, c.value);
  return bytes;
}

void apply_edits(std::span<const Edit> edits, Characters& text) {
  Characters result;
  result.reserve(edits.size());
  std::size_t next = 0;  // of the old text
  for (const Edit& edit : edits) {
    ByteRange source = text[std::min(next, text.size() - 1)].source;
    if (edit.change > 0) {
      source = next > 0 ? text[std::min(next, text.size()) - 1].source : ByteRange{source.begin, source.begin};
    } else {
      next += 1 + static_cast<std::size_t>(-edit.change);
    }
    result.push_back({edit.value, source});
  }
  text = std::move(result);
}

void prepend(std::u32string_view prefix, Characters& text) {
  if (text.empty()) return;
  Characters longer;
  longer.reserve(prefix.size() + text.size());
  for (const char32_t c : prefix) longer.push_back({c, text.front().source});
  longer.insert(longer.end(), text.begin(), text.end());
  text = std::move(longer);
}

}  // namespace pellucid
