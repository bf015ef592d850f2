// What a model folder's tokenizer files say: tokenizer.json, or vocab.txt with tokenizer_config.json.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "error/error.h"
#include "text/special_tokens.h"
#include "text/words.h"

namespace pellucid {

struct TokenizerDescription {
  std::filesystem::path file;             // where the vocabulary stands, for messages
  std::vector<std::string> pieces;        // [id]
  std::string prefix = "##";              // of continuations
  std::size_t max_word_characters = 100;  // longer words become [UNK]
  Normalization normalization;
  SpecialPieces specials;
};

Result<TokenizerDescription> read_tokenizer_files(const std::filesystem::path& folder);

}  // namespace pellucid
