// The patterns of Replace and Split in a tokenizer.json: a string, or one of the regular expressions that published
// models use, each a scanner of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "error/error.h"
#include "text/characters.h"

namespace pellucid {

// The length of the match that begins at text[at], in characters; 0: none does.
using Pattern = std::function<std::size_t(std::span<const Character> text, std::size_t at)>;

// From {"String": …} or {"Regex": …}.
Result<Pattern> read_pattern(const nlohmann::json& description, const std::string& where);

// GPT-2's: contractions, words, numbers and the rest, each with the space before it, and white space.
std::size_t match_gpt2(std::span<const Character> text, std::size_t at);

// That of Llama 3 and its kin: contractions in either case, numbers of at most `digits` digits, line ends apart.
std::size_t match_llama3(std::span<const Character> text, std::size_t at, std::size_t digits);

}  // namespace pellucid
