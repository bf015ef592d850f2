// How many pieces a model folder's tokenizer files know: a check against config.json that does not
// build the tokenizer. Internal to the checkpoint layer.
#pragma once

#include <cstdint>
#include <filesystem>

#include "error/error.h"

namespace pellucid {

// From tokenizer.json, else vocab.txt (the order in which Tokenizer::load looks); one more than the
// largest id.
Result<std::int64_t> vocabulary_size(const std::filesystem::path& folder);

}  // namespace pellucid
