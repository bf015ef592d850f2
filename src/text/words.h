// BERT's normalisation and splitting into words, in one pass, keeping for every normalised byte the
// bytes of the original text that it came from.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

struct Normalization {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// A normalised word; all vectors run over its bytes.
struct Word {
  std::string bytes;
  std::vector<ByteRange> sources;
  std::size_t characters = 0;

  void clear();
  void append(char32_t c, ByteRange source);
};

// Calls `emit` with each word of `text` in order; the word is reused between calls.
void for_each_word(std::string_view text, const Normalization& normalization,
                   const std::function<void(const Word&)>& emit);

}  // namespace pellucid
