// Text to pieces of a model's vocabulary: normalisation, splitting into pre-tokens, WordPiece, byte-level BPE or
// Unigram, special tokens around it; every piece keeps the bytes of the caller's text that it came from. The behaviour
// of the Hugging Face `tokenizers` package is the oracle, ids and offsets, but text never becomes a special token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "error/error.h"

namespace pellucid {

// Bytes [begin, end) of the caller's original UTF-8 text.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const ByteRange&) const = default;
};

inline constexpr std::int32_t kNoWord = -1;

// One text as pieces, [CLS] first and [SEP] last (or what the vocabulary has for them). All three vectors have the same
// length n.
struct Encoding {
  std::vector<std::int32_t> ids;
  // {0, 0} for special tokens; otherwise neither begins nor ends go back. Pieces overlap only where they are parts of
  // one character, or the bytes of what no piece covers. A piece may hold the white space before its word.
  std::vector<ByteRange> ranges;
  std::vector<std::int32_t>
      words;                // the word (0, 1, …) a piece belongs to (word_numbers.h); kNoWord for special tokens
  std::size_t dropped = 0;  // pieces cut off by max_length
};

struct SpecialTokens {
  std::int32_t pad = 0, unknown = 0, begin = 0, end = 0, mask = 0;  // [PAD] [UNK] [CLS] [SEP] [MASK], <pad> …
};

class Tokenizer {
 public:
  // From a folder with tokenizer.json (preferred) or vocab.txt; tokenizer_config.json, and special_tokens_map.json
  // behind it, for the special tokens' names; and the former for vocab.txt's casing. What a tokenizer.json has that is
  // not supported is refused by name.
  static Result<Tokenizer> load(const std::filesystem::path& folder);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Any bytes are accepted; broken UTF-8 is read as U+FFFD, one for each maximal invalid part.
  // max_length counts special tokens; 0 = no limit. Thread-safe.
  Encoding encode(std::string_view text, std::size_t max_length = 0) const;

  std::size_t vocabulary_size() const;
  const SpecialTokens& specials() const;
  const std::string& piece(std::int32_t id) const;  // as the vocabulary has it: "##ing", "Ġword", "▁word"

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace pellucid
