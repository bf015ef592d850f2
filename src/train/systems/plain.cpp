// The same pretrained encoder with a linear classifier on the mean of its tokens.
#include "train/model.h"
#include "train/systems/systems.h"

namespace pellucid::train {

const SystemEntry kPlain{.name = "plain",
                         .summary = "pretrained encoder, mean over tokens",
                         .pretrained = true,
                         .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
                           auto model = std::make_unique<Model>(plan.encoder, Adjust::none, plan.classes);
                           model->initialise_head();
                           return model;
                         },
                         .config = [](const SystemPlan&) { return std::string("{}"); }};

}  // namespace pellucid::train
