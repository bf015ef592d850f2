// The convolutional network of cnn.h.
#include "train/cnn.h"
#include "train/systems/own_config.h"
#include "train/systems/systems.h"
#include "train/text_classifier.h"

namespace pellucid::train {
namespace {

Cnn::Config config_of(const SystemPlan& plan) {
  Cnn::Config config;
  config.input = plan.encoder.embedding_width();
  if (plan.sizes.filters > 0) config.filters = plan.sizes.filters;
  return config;
}

}  // namespace

const SystemEntry kCnn{
    .name = "cnn",
    .summary = "convolutions over 3, 4 and 5 tokens, from scratch",
    .takes_filters = true,
    .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
      return std::make_unique<TextClassifier<Cnn>>(config_of(plan), plan.encoder.vocab_size, plan.classes);
    },
    .config = [](const SystemPlan& plan) { return own_config("cnn", plan, {{"filters", config_of(plan).filters}}); }};

}  // namespace pellucid::train
