// What a tokenizer.json does to a text before it is split.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "error/error.h"
#include "text/characters.h"
#include "text/words.h"

namespace pellucid {

using Normalizer = std::function<void(Characters&)>;

// From the value of "normalizer": null, BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled, Prepend, Replace,
// Strip, StripAccents, or a Sequence of them.
Result<Normalizer> read_normalizer(const nlohmann::json& description, const std::string& where);

// The settings of a BertNormalizer.
Normalization bert_normalization(const nlohmann::json& description);

}  // namespace pellucid
