#include "text/tokenizer.h"

#include "text/post_processor.h"
#include "text/tokenizer_files.h"
#include "text/word_numbers.h"
#include "text/words.h"

namespace pellucid {

struct Tokenizer::State : TokenizerParts {};

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& folder) {
  PELLUCID_TRY(TokenizerParts parts, read_tokenizer_files(folder));
  return Tokenizer(std::make_unique<State>(State{std::move(parts)}));
}

namespace {

// BERT's words have their numbers as they come.
void add_bert_words(std::string_view text, const TokenizerParts& parts, Encoding& encoding) {
  std::int32_t words = 0;
  for_each_word(text, *parts.bert, [&](const Word& word) {
    parts.model->add_pieces(word, encoding);
    encoding.words.resize(encoding.ids.size(), words++);
  });
}

void add_pre_tokens(std::string_view text, const TokenizerParts& parts, Encoding& encoding) {
  const std::size_t first = encoding.ids.size();
  const auto trim = [&](std::size_t i, std::string_view piece) {
    if (!parts.post_processor.trims_offsets) return;
    trim_offset(text, piece, i == first, parts.post_processor.prefix_space, encoding.ranges[i]);
  };
  parts.pipeline.run(
      text,
      [&](const Word& word) {
        std::size_t i = encoding.ids.size();
        parts.model->add_pieces(word, encoding);
        for (; i < encoding.ids.size(); ++i) trim(i, parts.pieces[static_cast<std::size_t>(encoding.ids[i])]);
      },
      [&](std::int32_t id, ByteRange range) {
        encoding.ids.push_back(id);
        encoding.ranges.push_back(range);
        trim(encoding.ids.size() - 1, text.substr(range.begin, range.end - range.begin));
      });
  encoding.words.resize(encoding.ids.size(), 0);
  number_words(text, encoding);
}

}  // namespace

Encoding Tokenizer::encode(std::string_view text, std::size_t max_length) const {
  Encoding encoding;
  const std::size_t expected = text.size() / 4 + 8;
  encoding.ids.reserve(expected);
  encoding.ranges.reserve(expected);
  encoding.words.reserve(expected);
  const auto add_special = [&](std::int32_t id) {
    encoding.ids.push_back(id);
    encoding.ranges.push_back({});
    encoding.words.push_back(kNoWord);
  };
  add_special(state_->specials.begin);
  if (state_->bert) {
    add_bert_words(text, *state_, encoding);
  } else {
    add_pre_tokens(text, *state_, encoding);
  }
  // The special token behind the text counts: a text keeps its first max_length - 1 tokens before it.
  if (max_length > 0 && encoding.ids.size() + 1 > max_length) {
    const std::size_t kept = max_length > 1 ? max_length - 1 : 1;
    encoding.dropped = encoding.ids.size() - kept;
    encoding.ids.resize(kept);
    encoding.ranges.resize(kept);
    encoding.words.resize(kept);
  }
  add_special(state_->specials.end);
  return encoding;
}

std::size_t Tokenizer::vocabulary_size() const {
  return state_->pieces.size();
}
const SpecialTokens& Tokenizer::specials() const {
  return state_->specials;
}
const std::string& Tokenizer::piece(std::int32_t id) const {
  return state_->pieces[static_cast<std::size_t>(id)];
}

}  // namespace pellucid
