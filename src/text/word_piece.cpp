#include "text/word_piece.h"

namespace pellucid {

void WordPiece::add_pieces(const Word& word, Encoding& encoding) const {
  const std::size_t before = encoding.ids.size();
  const std::string_view text = word.bytes;
  bool known = word.characters <= max_word_characters_;
  for (std::size_t at = 0; known && at < text.size();) {
    const Vocabulary::Match match = vocabulary_.longest(text.substr(at), at > 0);
    known = match.id >= 0;
    if (!known) break;
    encoding.ids.push_back(match.id);
    encoding.ranges.push_back({word.sources[at].begin, word.sources[at + match.size - 1].end});
    at += match.size;
  }
  if (!known) {
    encoding.ids.resize(before);
    encoding.ranges.resize(before);
    encoding.ids.push_back(unknown_);
    encoding.ranges.push_back({word.sources.front().begin, word.sources.back().end});
  }
}

}  // namespace pellucid
