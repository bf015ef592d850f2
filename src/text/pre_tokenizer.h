// How a tokenizer.json splits a normalised text into pre-tokens, each of which the model cuts on its own.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "error/error.h"
#include "text/characters.h"

namespace pellucid {

struct PreTokens {
  struct Span {
    std::size_t begin, end;  // of `characters`
  };
  Characters characters;
  std::vector<Span> spans;  // ascending, none empty; what lies between them is left out
};

struct PreTokenizer {
  std::function<void(PreTokens&)> split;
  bool byte_level = false;  // what it splits goes to a model of bytes
};

// From the value of "pre_tokenizer": null, BertPreTokenizer, ByteLevel, Digits, Metaspace, Punctuation, Split,
// Whitespace, WhitespaceSplit, or a Sequence of them in which ByteLevel comes last.
Result<PreTokenizer> read_pre_tokenizer(const nlohmann::json& description, const std::string& where);

}  // namespace pellucid
