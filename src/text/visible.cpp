#include "text/visible.h"

#include <algorithm>

#include "text/utf8.h"

namespace pellucid {
namespace {

bool is_control(char32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n';
  return c >= 0x7F && c <= 0x9F;
}

// They reorder what a reader sees (Unicode Annex 9; "Trojan Source", Boucher & Anderson 2021).
bool is_bidi_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_line_separator(char32_t c) {
  return c == 0x2028 || c == 0x2029;
}

bool is_noncharacter(char32_t c) {
  return (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

void append_spelt(std::string& out, char32_t c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out += "<U+";
  for (int shift = c > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4) out += kDigits[c >> shift & 0xF];
  out += '>';
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    at += c.size;
    if (c.value == '\r' && at < text.size() && text[at] == '\n') continue;
    if (is_control(c.value) || is_bidi_control(c.value) || is_line_separator(c.value) || is_noncharacter(c.value)) {
      append_spelt(out, c.value);
    } else {
      append_utf8(out, c.value);
    }
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out = visible(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

std::string excerpt(std::string_view text, std::size_t characters) {
  std::string line = one_line(text);
  std::size_t end = 0;
  for (std::size_t count = 0; count < characters && end < line.size(); ++count) end += decode(line, end).size;
  if (end < line.size()) line.replace(end, std::string::npos, "…");
  return line;
}

}  // namespace pellucid
