// What a system from pellucid-train alone puts into the encoder's config.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "train/systems/registry.h"

namespace pellucid::train {

// Its type, the encoder's, and `sizes` of its own; a JSON object as text.
inline std::string own_config(const char* system, const SystemPlan& plan,
                              nlohmann::json sizes = nlohmann::json::object()) {
  sizes["model_type"] = std::string("pellucid-") + system;
  sizes[kEncoderType] = plan.encoder.architecture->model_type;
  return sizes.dump();
}

// The key of the encoder's number of layers, for systems that have another.
inline std::string layers_key(const SystemPlan& plan) {
  return std::string(plan.encoder.architecture->key_of(&EncoderConfig::num_hidden_layers));
}

}  // namespace pellucid::train
