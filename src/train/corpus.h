// Training and validation texts as token ids and label indices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "data/packing.h"
#include "error/error.h"
#include "text/tokenizer.h"
#include "train/options.h"

namespace pellucid::train {

struct EncodedTexts {
  std::vector<std::vector<std::int32_t>> ids;  // [N][n]
  std::vector<std::int32_t> labels;            // [N]
  std::vector<std::string> names;              // [N] ids of the examples, for messages
  std::size_t truncated = 0;                   // texts cut at max_length
  std::size_t dropped = 0;                     // pieces cut off in all

  std::size_t size() const { return ids.size(); }
  std::vector<std::size_t> lengths() const;
  PackedBatch pack(const std::vector<std::size_t>& group) const;
  EncodedTexts subset(const std::vector<std::size_t>& which) const;
};

struct Corpus {
  LabelSet labels;
  EncodedTexts train, validation;
  std::string train_sha256, validation_sha256;  // of the files; validation empty if held out
  std::size_t skipped_rows = 0;
};

// Reads, checks (at least two labels, each label of the validation file known, one text left to train
// on) and tokenises both splits.
Result<Corpus> load_corpus(const Options& options, const Tokenizer& tokenizer, std::size_t max_length);

}  // namespace pellucid::train
