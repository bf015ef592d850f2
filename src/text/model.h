// What cuts a pre-token into pieces of a vocabulary: WordPiece, byte-level BPE or Unigram.
#pragma once

#include "text/tokenizer.h"
#include "text/words.h"

namespace pellucid {

class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;

  // Appends ids and ranges.
  virtual void add_pieces(const Word& word, Encoding& encoding) const = 0;
};

}  // namespace pellucid
