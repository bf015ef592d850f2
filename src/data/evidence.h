// Human rationales of a JSONL record: which parts of the text people marked. Internal to the data layer.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "error/error.h"
#include "text/tokenizer.h"

namespace pellucid {

// `evidence` as {"begin": …, "end": …} in bytes, or as ERASER's [start, end) in tokens, which are what
// lies between single spaces. In order of position, as byte ranges of `text`.
Result<std::vector<ByteRange>> evidence_ranges(const nlohmann::json& evidence, std::string_view text);

}  // namespace pellucid
