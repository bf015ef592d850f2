// The convolutional network of cnn.h.
#include <nlohmann/json.hpp>

#include "train/cnn.h"
#include "train/systems/systems.h"
#include "train/text_classifier.h"

namespace pellucid::train {
namespace {

Cnn::Config config_of(const SystemPlan& plan) {
  Cnn::Config config;
  config.input = plan.encoder.hidden_size;
  if (plan.sizes.filters > 0) config.filters = plan.sizes.filters;
  return config;
}

}  // namespace

const SystemEntry kCnn{
    .name = "cnn",
    .summary = "convolutions over 3, 4 and 5 tokens, from scratch",
    .pretrained = false,
    .attributes = false,
    .takes_layers = false,
    .takes_filters = true,
    .takes_alignment = false,
    .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
      return std::make_unique<TextClassifier<Cnn>>(config_of(plan), plan.encoder.vocab_size, plan.classes);
    },
    .config =
        [](const SystemPlan& plan) {
          const auto config = config_of(plan);
          return nlohmann::json{
              {"model_type", "pellucid-cnn"}, {"hidden_size", config.input}, {"filters", config.filters}}
              .dump();
        }};

}  // namespace pellucid::train
