// The selective state space of mamba.h.
#include <nlohmann/json.hpp>

#include "train/mamba.h"
#include "train/systems/systems.h"
#include "train/text_classifier.h"

namespace pellucid::train {
namespace {

Mamba::Config config_of(const SystemPlan& plan) {
  Mamba::Config config;
  config.width = plan.encoder.hidden_size;
  config.inner = 2 * config.width;
  if (plan.sizes.layers > 0) config.layers = plan.sizes.layers;
  return config;
}

}  // namespace

const SystemEntry kMamba{
    .name = "mamba",
    .summary = "selective state space in both directions, from scratch",
    .pretrained = false,
    .attributes = false,
    .takes_layers = true,
    .takes_filters = false,
    .takes_alignment = false,
    .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
      return std::make_unique<TextClassifier<Mamba>>(config_of(plan), plan.encoder.vocab_size, plan.classes);
    },
    .config =
        [](const SystemPlan& plan) {
          const auto config = config_of(plan);
          return nlohmann::json{
              {"model_type", "pellucid-mamba"}, {"hidden_size", config.width}, {"num_hidden_layers", config.layers}}
              .dump();
        }};

}  // namespace pellucid::train
