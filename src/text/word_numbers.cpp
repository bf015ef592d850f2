#include "text/word_numbers.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace pellucid {
namespace {

// Whether the character at text[at] begins a word.
bool begins_word(std::string_view text, std::size_t at) {
  const auto is_alone = [](char32_t c) { return unicode::is_punctuation(c) || unicode::is_ideograph(c); };
  if (at == 0 || is_alone(decode(text, at).value)) return true;
  const char32_t before = decode(text, at - last_size(text, at)).value;
  return is_alone(before) || unicode::is_white_space(before);
}

bool is_white_space(std::string_view text, ByteRange range) {
  while (range.begin < range.end && unicode::is_white_space(decode(text, range.begin).value)) {
    range.begin += decode(text, range.begin).size;
  }
  return range.begin >= range.end;
}

}  // namespace

ByteRange without_white_space(std::string_view text, ByteRange range) {
  if (is_white_space(text, range)) return range;
  while (unicode::is_white_space(decode(text, range.begin).value)) range.begin += decode(text, range.begin).size;
  for (std::size_t size = last_size(text, range.end); unicode::is_white_space(decode(text, range.end - size).value);
       size = last_size(text, range.end)) {
    range.end -= size;
  }
  return range;
}

void number_words(std::string_view text, Encoding& encoding) {
  std::int32_t word = -1;
  std::size_t numbered = 0;  // pieces whose word is known
  std::size_t covered = 0;   // bytes that earlier pieces reach to
  const auto number = [&](std::size_t end) {
    for (; numbered < end; ++numbered) {
      if (encoding.words[numbered] != kNoWord) encoding.words[numbered] = word;
    }
  };
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.words[i] == kNoWord) continue;
    const ByteRange range = encoding.ranges[i];
    if (is_white_space(text, range)) continue;  // waits for the next word
    const std::size_t begin = without_white_space(text, range).begin;
    if (word < 0 || (begin >= covered && begins_word(text, begin))) ++word;
    covered = range.end;
    number(i + 1);
  }
  if (word < 0) word = 0;
  number(encoding.ids.size());
}

}  // namespace pellucid
