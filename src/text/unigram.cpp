#include "text/unigram.h"

#include <algorithm>
#include <charconv>

namespace pellucid {
namespace {

constexpr double kUnknownPenalty = 10;  // below the worst piece; as SentencePiece has it

// Bytes of the code point that begins with this byte of well-formed UTF-8.
std::size_t size_of_character(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// The byte that a piece like <0x0A> stands for; -1: none.
int byte_of_piece(std::string_view piece) {
  unsigned byte = 0;
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return -1;
  const char* const end = piece.data() + 5;
  return std::from_chars(piece.data() + 3, end, byte, 16).ptr == end ? static_cast<int>(byte) : -1;
}

}  // namespace

Unigram::Unigram(std::vector<std::string> pieces, std::vector<double> scores, std::int32_t unknown, bool byte_fallback)
    : pieces_(std::move(pieces)), scores_(std::move(scores)), unknown_(unknown) {
  bytes_.fill(-1);
  std::vector<std::pair<std::string_view, std::int32_t>> strings;
  strings.reserve(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].empty()) continue;
    const auto id = static_cast<std::int32_t>(i);
    strings.emplace_back(pieces_[i], id);
    if (const int byte = byte_of_piece(pieces_[i]); byte_fallback && byte >= 0) bytes_[byte] = id;
  }
  trie_ = Trie(std::move(strings));
  unknown_score_ = *std::ranges::min_element(scores_) - kUnknownPenalty;
}

void Unigram::add_pieces(const Word& word, Encoding& encoding) const {
  struct Step {  // the best way to a byte: its score, its last piece and where that begins
    double score = 0;
    std::int32_t id = -1;
    std::size_t begin = 0;
  };
  const std::string_view text = word.bytes;
  std::vector<Step> best(text.size() + 1);
  for (std::size_t at = 0; at < text.size(); at += size_of_character(text[at])) {
    const std::size_t character = size_of_character(text[at]);
    bool covered = false;  // by a piece of this character alone
    const auto reach = [&](std::size_t end, double score, std::int32_t id) {
      Step& step = best[end];
      if (step.id < 0 || best[at].score + score > step.score) step = {best[at].score + score, id, at};
    };
    trie_.for_each_prefix(text.substr(at), [&](std::size_t size, std::int32_t id) {
      reach(at + size, scores_[static_cast<std::size_t>(id)], id);
      covered = covered || size == character;
    });
    if (!covered) reach(at + character, unknown_score_, unknown_);
  }
  std::vector<Step> path;  // from the end; `begin` of each, its end is the begin of the one before
  for (std::size_t end = text.size(); end > 0; end = path.back().begin) path.push_back(best[end]);
  for (std::size_t i = path.size(); i > 0; --i) {
    const Step& step = path[i - 1];
    if (step.id == unknown_) {
      while (i > 1 && path[i - 2].id == unknown_) --i;
      add_unknown(word, step.begin, i > 1 ? path[i - 2].begin : text.size(), encoding);
    } else {
      const std::size_t end = i > 1 ? path[i - 2].begin : text.size();
      encoding.ids.push_back(step.id);
      encoding.ranges.push_back({word.sources[step.begin].begin, word.sources[end - 1].end});
    }
  }
}

void Unigram::add_unknown(const Word& word, std::size_t begin, std::size_t end, Encoding& encoding) const {
  const ByteRange range{word.sources[begin].begin, word.sources[end - 1].end};
  const std::string_view bytes = std::string_view(word.bytes).substr(begin, end - begin);
  const auto id_of = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
  if (std::ranges::all_of(bytes, [&](char byte) { return id_of(byte) >= 0; })) {
    for (const char byte : bytes) encoding.ids.push_back(id_of(byte));
    encoding.ranges.resize(encoding.ids.size(), range);
  } else {
    encoding.ids.push_back(unknown_);
    encoding.ranges.push_back(range);
  }
}

}  // namespace pellucid
