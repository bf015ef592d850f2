// BERT's tokenizer: normalisation, splitting into words, WordPiece; every piece keeps the bytes of
// the caller's text that it came from. Source: Devlin et al. 2019; the behaviour of the Hugging Face
// `tokenizers` package is the oracle, ids and offsets.
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

// One text as word pieces, [CLS] first and [SEP] last. All three vectors have the same length n.
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<ByteRange> ranges;    // {0, 0} for special tokens; otherwise ordered, not overlapping
  std::vector<std::int32_t> words;  // the word (0, 1, …) a piece belongs to; kNoWord for special tokens
  std::size_t dropped = 0;          // pieces cut off by max_length
};

struct SpecialTokens {
  std::int32_t pad = 0, unknown = 0, begin = 0, end = 0, mask = 0;  // [PAD] [UNK] [CLS] [SEP] [MASK]
};

class Tokenizer {
 public:
  // From a folder with tokenizer.json (preferred) or vocab.txt (+ tokenizer_config.json for casing).
  static Result<Tokenizer> load(const std::filesystem::path& folder);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Any bytes are accepted; broken UTF-8 is read as U+FFFD, one for each maximal invalid part.
  // max_length counts special tokens; 0 = no limit. Thread-safe.
  Encoding encode(std::string_view text, std::size_t max_length = 0) const;

  std::size_t vocabulary_size() const;
  const SpecialTokens& specials() const;
  const std::string& piece(std::int32_t id) const;  // "##ing"

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace pellucid
