// Which pieces of a vocabulary stand for padding, what is unknown, the begin and end of a text, and what is masked.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "error/error.h"
#include "text/tokenizer.h"

namespace pellucid {

struct SpecialPieces {
  std::string pad, unknown, begin, end, mask;  // empty: not said
};

// What tokenizer_config.json in `folder` says (pad_token, unk_token, cls_token, sep_token, mask_token), and
// special_tokens_map.json where that says nothing; either may be missing.
Result<SpecialPieces> configured_special_pieces(const std::filesystem::path& folder);

// Their places among `pieces` [id]. A piece that `said` leaves empty is BERT's ([PAD], …) where the vocabulary has it,
// else RoBERTa's (<pad>, …); the other way round where texts begin with RoBERTa's <s>. `where` names the vocabulary in
// messages.
Result<SpecialTokens> find_special_tokens(const SpecialPieces& said, std::span<const std::string> pieces,
                                          const std::string& where);

}  // namespace pellucid
