// The selective state space of mamba.h.
#include "train/mamba.h"
#include "train/systems/own_config.h"
#include "train/systems/systems.h"
#include "train/text_classifier.h"

namespace pellucid::train {
namespace {

Mamba::Config config_of(const SystemPlan& plan) {
  Mamba::Config config;
  config.width = plan.encoder.embedding_width();
  config.inner = 2 * config.width;
  config.rank = (config.width + 15) / 16;
  if (plan.sizes.layers > 0) config.layers = plan.sizes.layers;
  return config;
}

}  // namespace

const SystemEntry kMamba{
    .name = "mamba",
    .summary = "selective state space in both directions, from scratch",
    .takes_layers = true,
    .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
      return std::make_unique<TextClassifier<Mamba>>(config_of(plan), plan.encoder.vocab_size, plan.classes);
    },
    .config =
        [](const SystemPlan& plan) { return own_config("mamba", plan, layers_config(plan, config_of(plan).layers)); }};

}  // namespace pellucid::train
