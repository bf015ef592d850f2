// SentencePiece's normalisation rules: a map from short strings to what replaces them, compiled into a double-array
// trie ("precompiled_charsmap"). Source: sentencepiece's builder; which of several matches counts, and the sources of
// the new characters, as in the `tokenizers` package.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error/error.h"
#include "text/characters.h"

namespace pellucid {

class Charsmap {
 public:
  // From the Base64 of: the trie's size in bytes, the trie (both little-endian uint32), replacements that end with 0.
  static Result<std::shared_ptr<const Charsmap>> read(std::string_view base64, const std::string& where);

  void normalize(Characters& text) const;

 private:
  std::optional<std::string_view> find(std::string_view text) const;

  std::vector<std::uint32_t> trie_;
  std::string replacements_;
};

}  // namespace pellucid
