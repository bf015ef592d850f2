// Swin over tokens (swin.h).
#include "train/swin.h"
#include "train/systems/own_config.h"
#include "train/systems/systems.h"
#include "train/text_classifier.h"

namespace pellucid::train {
namespace {

Swin::Config config_of(const SystemPlan& plan) {
  Swin::Config config;
  config.input = plan.encoder.embedding_width();
  return config;
}

}  // namespace

const SystemEntry kSwin{.name = "swin",
                        .summary = "Swin: attention in shifted windows of tokens, from scratch",
                        .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
                          return std::make_unique<TextClassifier<Swin>>(config_of(plan), plan.encoder.vocab_size,
                                                                        plan.classes);
                        },
                        .config = [](const SystemPlan& plan) { return own_config("swin", plan); }};

}  // namespace pellucid::train
