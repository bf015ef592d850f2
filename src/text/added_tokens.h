// Tokens that a tokenizer.json has beside its model's vocabulary, found in a text before anything is split.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "error/error.h"
#include "text/characters.h"
#include "text/normalizer.h"

namespace pellucid {

struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;              // never found in a text: what somebody writes is text
  bool single_word = false;          // only where no letter or the like stands beside it
  bool left = false, right = false;  // it takes the white space before (behind) it
  bool normalized = false;           // its normalised content is looked for in the normalised text
};

// From the value of "added_tokens".
Result<std::vector<AddedToken>> read_added_tokens(const nlohmann::json& description, const std::string& where);

// Those of one kind, ready to be looked for.
class AddedTokenFinder {
 public:
  AddedTokenFinder() = default;
  AddedTokenFinder(std::span<const AddedToken> tokens, const Normalizer& normalizer, bool normalized);

  // Calls `text` with what lies between the tokens found and `token` with each of them, in order. Of several that
  // begin at one place the longest counts.
  void split(Characters characters, const std::function<void(Characters)>& text,
             const std::function<void(std::int32_t id, ByteRange)>& token) const;

  bool empty() const { return tokens_.empty(); }

 private:
  struct Token {
    std::u32string content;
    AddedToken described;
  };
  const Token* find(std::span<const Character> text) const;  // null: none begins here

  std::vector<Token> tokens_;  // by first character, then the longer first
};

}  // namespace pellucid
