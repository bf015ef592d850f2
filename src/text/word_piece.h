// WordPiece: greedy longest match (Wu et al. 2016, section 4.1); a word with a rest that no piece fits is unknown.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "text/model.h"
#include "text/vocabulary.h"

namespace pellucid {

class WordPiece : public Model {
 public:
  struct Settings {
    std::string prefix = "##";              // of continuations
    std::size_t max_word_characters = 100;  // longer words are unknown
  };
  // `pieces` [id], empty where text must not become it; `unknown` is the id of what no pieces fit.
  WordPiece(std::vector<std::string> pieces, const Settings& settings, std::int32_t unknown)
      : vocabulary_(std::move(pieces), settings.prefix),
        max_word_characters_(settings.max_word_characters),
        unknown_(unknown) {}

  void add_pieces(const Word& word, Encoding& encoding) const override;

 private:
  Vocabulary vocabulary_;
  std::size_t max_word_characters_;
  std::int32_t unknown_;
};

}  // namespace pellucid
