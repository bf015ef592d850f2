#include "text/tokenizer.h"

#include "text/tokenizer_files.h"
#include "text/vocabulary.h"
#include "text/words.h"

namespace pellucid {

struct Tokenizer::State {
  Vocabulary vocabulary;
  Normalization normalization;
  std::size_t max_word_characters;
  SpecialTokens specials;
};

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& folder) {
  PELLUCID_TRY(TokenizerDescription description, read_tokenizer_files(folder));
  auto state =
      std::make_unique<State>(State{Vocabulary(std::move(description.pieces), description.prefix),
                                    description.normalization, description.max_word_characters, SpecialTokens{}});
  PELLUCID_TRY(state->specials,
               find_special_tokens(
                   description.specials,
                   [&](std::string_view piece) { return state->vocabulary.find(piece); }, description.file.string()));
  return Tokenizer(std::move(state));
}

namespace {

// Greedy longest match (Wu et al. 2016, section 4.1); a word with a rest that no piece fits is one [UNK].
void add_pieces(const Word& word, std::int32_t word_index, const Vocabulary& vocabulary, std::size_t max_characters,
                std::int32_t unknown, Encoding& encoding) {
  const std::size_t before = encoding.ids.size();
  const std::string_view text = word.bytes;
  bool known = word.characters <= max_characters;
  for (std::size_t at = 0; known && at < text.size();) {
    const Vocabulary::Match match = vocabulary.longest(text.substr(at), at > 0);
    known = match.id >= 0;
    if (!known) break;
    encoding.ids.push_back(match.id);
    encoding.ranges.push_back({word.sources[at].begin, word.sources[at + match.size - 1].end});
    at += match.size;
  }
  if (!known) {
    encoding.ids.resize(before);
    encoding.ranges.resize(before);
    encoding.ids.push_back(unknown);
    encoding.ranges.push_back({word.sources.front().begin, word.sources.back().end});
  }
  encoding.words.resize(encoding.ids.size(), word_index);
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
  std::int32_t words = 0;
  for_each_word(text, state_->normalization, [&](const Word& word) {
    add_pieces(word, words++, state_->vocabulary, state_->max_word_characters, state_->specials.unknown, encoding);
  });
  // [SEP] counts: a text keeps its first max_length - 1 tokens before it.
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
  return state_->vocabulary.pieces().size();
}
const SpecialTokens& Tokenizer::specials() const {
  return state_->specials;
}
const std::string& Tokenizer::piece(std::int32_t id) const {
  return state_->vocabulary.pieces()[id];
}

}  // namespace pellucid
