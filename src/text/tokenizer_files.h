// What a model folder's tokenizer files say: tokenizer.json, or vocab.txt with tokenizer_config.json.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "error/error.h"
#include "text/model.h"
#include "text/pipeline.h"
#include "text/post_processor.h"
#include "text/words.h"

namespace pellucid {

struct TokenizerParts {
  std::vector<std::string> pieces;  // [id], those of added tokens too; an empty string is an id that is not in use
  SpecialTokens specials;
  std::optional<Normalization> bert;  // where BERT's way to words is taken; else the pipeline
  Pipeline pipeline;
  std::unique_ptr<Model> model;
  PostProcessor post_processor;
};

Result<TokenizerParts> read_tokenizer_files(const std::filesystem::path& folder);

// From tokenizer.json in this folder.
Result<TokenizerParts> read_tokenizer_json(const std::filesystem::path& folder);

}  // namespace pellucid
