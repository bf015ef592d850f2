// A transformer from scratch: the encoder's architecture with fewer layers, random weights, mean over tokens. Its
// folder is one of that encoder's, so `pellucid predict` and `explain` run it.
#include <torch/utils.h>
#include <nlohmann/json.hpp>

#include "train/model.h"
#include "train/systems/own_config.h"
#include "train/systems/systems.h"

namespace pellucid::train {
namespace {

constexpr std::int64_t kLayers = 3;

EncoderConfig config_of(const SystemPlan& plan) {
  EncoderConfig config = plan.encoder;
  config.num_hidden_layers = plan.sizes.layers > 0 ? plan.sizes.layers : kLayers;
  return config;
}

// As BERT initialises its layers: N(0, 0.02), norms 1, biases 0.
void initialise(Model& model) {
  const torch::NoGradGuard no_gradient;
  model.visit([](const std::string& name, torch::Tensor& tensor) {
    if (tensor.dim() >= 2) {
      tensor.normal_(0, 0.02);
    } else {
      tensor.fill_(name.ends_with("LayerNorm.weight") ? 1 : 0);
    }
  });
}

}  // namespace

const SystemEntry kTransformer{
    .name = "transformer",
    .summary = "transformer from scratch, mean over tokens",
    .takes_layers = true,
    .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
      auto model = std::make_unique<Model>(config_of(plan), Adjust::none, plan.classes);
      initialise(*model);
      return model;
    },
    .config = [](const SystemPlan& plan) { return layers_config(plan, config_of(plan).num_hidden_layers).dump(); }};

}  // namespace pellucid::train
