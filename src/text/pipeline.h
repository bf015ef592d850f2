// What stands before the model in a tokenizer.json: added tokens are found, the rest is normalised and split into
// pre-tokens. Each stage is exchangeable; BERT's own normaliser and pre-tokenizer have a faster way (words.h).
#pragma once

#include <functional>
#include <string_view>

#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include "text/words.h"

namespace pellucid {

struct Pipeline {
  AddedTokenFinder raw_tokens, normalized_tokens;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;

  // Calls `word` with each pre-token and `token` with each added token, in order; the word is reused between calls.
  void run(std::string_view text, const std::function<void(const Word&)>& word,
           const std::function<void(std::int32_t id, ByteRange)>& token) const;
};

}  // namespace pellucid
