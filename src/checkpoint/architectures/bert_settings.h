// The settings of BERT's configuration that its closest kin have, too.
#pragma once

#include "checkpoint/architecture.h"

namespace pellucid {

inline constexpr Architecture::Setting kBertSettings[] = {
    {"hidden_act", "\"gelu\""},       {"position_embedding_type", "\"absolute\""},
    {"is_decoder", "false"},          {"is_encoder_decoder", "false"},
    {"add_cross_attention", "false"}, {"pruned_heads", "{}"}};

}  // namespace pellucid
