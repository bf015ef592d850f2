// The unigram language model of SentencePiece (Kudo 2018): of all ways to cut a word into pieces, the one whose scores
// (log probabilities) have the largest sum, found by Viterbi's algorithm.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "text/model.h"
#include "text/trie.h"

namespace pellucid {

class Unigram : public Model {
 public:
  // `pieces` and `scores` [id]; a piece is empty where text must not become it. What no piece covers is `unknown`,
  // neighbours as one, or with `byte_fallback` the pieces <0x00> … <0xFF> of its bytes, where the vocabulary has them.
  Unigram(std::vector<std::string> pieces, std::vector<double> scores, std::int32_t unknown, bool byte_fallback);

  void add_pieces(const Word& word, Encoding& encoding) const override;

 private:
  void add_unknown(const Word& word, std::size_t begin, std::size_t end, Encoding& encoding) const;

  std::vector<std::string> pieces_;
  std::vector<double> scores_;
  Trie trie_;
  std::int32_t unknown_;
  double unknown_score_;
  std::array<std::int32_t, 256> bytes_{};  // -1: no fallback
};

}  // namespace pellucid
