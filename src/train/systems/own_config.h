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

// Another number of layers than the encoder has.
inline nlohmann::json layers_config(const SystemPlan& plan, std::int64_t layers) {
  nlohmann::json config = {{std::string(plan.encoder.architecture->key_of(&EncoderConfig::num_hidden_layers)), layers}};
  if (plan.encoder.rotary_theta > 0) {  // instead of a list of all layers
    config.update({{"layer_types", nullptr}, {"global_attn_every_n_layers", plan.encoder.global_every}});
  }
  return config;
}

}  // namespace pellucid::train
