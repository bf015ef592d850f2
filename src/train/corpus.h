// Training and validation texts as token ids and label indices.
#pragma once

#include <filesystem>
#include <string>

#include "data/example.h"
#include "error/error.h"
#include "text/tokenizer.h"
#include "train/encoded_texts.h"
#include "train/options.h"

namespace pellucid::train {

struct Corpus {
  LabelSet labels;
  EncodedTexts train, validation;
  std::string train_sha256, validation_sha256;  // of the files; validation empty if held out
  std::size_t truncated = 0;                    // texts of the training file cut at max_length
};

// Reads, checks (at least two labels, each label of the validation file known, one text left to train
// on) and tokenises both splits, a part of the file at a time; `scratch` is a folder with room for the ids.
Result<Corpus> load_corpus(const Options& options, const Tokenizer& tokenizer, std::size_t max_length,
                           const std::filesystem::path& scratch);

}  // namespace pellucid::train
