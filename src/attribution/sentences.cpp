#include "attribution/sentences.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace pellucid {
namespace {

// Marks that end a sentence where no space need follow.
constexpr std::string_view kWideEnds[] = {"。", "！", "？", "｡", "।", "؟", "۔"};
constexpr std::string_view kClosing[] = {"\"", "'", ")", "]", "”", "’", "»", "」", "』", "）", "》", "】"};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_narrow_end(char c) {
  return c == '.' || c == '!' || c == '?';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters, digits and everything beyond ASCII.
bool is_word(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

// How many bytes of `text` the first of `marks` that it starts with has; 0 for none.
std::size_t starting(std::string_view text, std::span<const std::string_view> marks) {
  const auto found = std::ranges::find_if(marks, [&](std::string_view mark) { return text.starts_with(mark); });
  return found == marks.end() ? 0 : found->size();
}

// Behind further end marks and closing quotes and brackets.
std::size_t skip_closing(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const std::size_t size =
        is_narrow_end(text[at]) ? 1 : std::max(starting(rest, kClosing), starting(rest, kWideEnds));
    if (size == 0) break;
    at += size;
  }
  return at;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// Whether the full stop at `stop` belongs to the word before it; `next` is where the text goes on.
bool abbreviates(std::string_view text, std::size_t stop, std::size_t next) {
  static constexpr std::array<std::string_view, 19> kKnown = {"mr",   "mrs", "ms",  "dr",  "st",  "vs",  "inc",
                                                              "corp", "co",  "ltd", "jr",  "sr",  "gen", "col",
                                                              "lt",   "sen", "rep", "gov", "prof"};
  static constexpr std::array<std::string_view, 3> kBeforeNumbers = {"no", "nos", "fig"};
  std::size_t begin = stop;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  std::string word(text.substr(begin, stop - begin));
  if (word.size() == 1) return !is_digit(word[0]);  // an initial; "e.g."
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (std::ranges::find(kBeforeNumbers, word) != kBeforeNumbers.end())
    return next < text.size() && is_digit(text[next]);
  return std::ranges::find(kKnown, word) != kKnown.end();
}

// The end of an empty line that begins with the newline at `at`; `at` if none does.
std::size_t skip_empty_line(std::string_view text, std::size_t at) {
  std::size_t next = at + 1;
  while (next < text.size() && (text[next] == ' ' || text[next] == '\t' || text[next] == '\r')) ++next;
  return next < text.size() && text[next] == '\n' ? skip_spaces(text, next) : at;
}

}  // namespace

std::vector<std::size_t> sentence_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = at;  // where a sentence begins; `at`: nowhere here
    if (text[at] == '\n') {
      next = skip_empty_line(text, at);
    } else if (starting(text.substr(at), kWideEnds) > 0) {
      next = skip_spaces(text, skip_closing(text, at));
    } else if (is_narrow_end(text[at])) {
      const std::size_t closed = skip_closing(text, at);
      const std::size_t begin = skip_spaces(text, closed);
      const bool goes_on = begin < text.size() && (is_lower(text[begin]) || is_narrow_end(text[begin]));
      const bool abbreviation = text[at] == '.' && closed == at + 1 && abbreviates(text, at, begin);
      if (begin > closed && !goes_on && !abbreviation) {
        next = begin;
      } else {
        at = closed;  // "?!", "...": judged once
        continue;
      }
    }
    if (next > at && next < text.size()) starts.push_back(next);
    at = std::max(next, at + 1);
  }
  return starts;
}

}  // namespace pellucid
