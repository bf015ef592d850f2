// The attribution-integrated classifier on a pretrained encoder (model.h).
#include "train/model.h"
#include "train/systems/systems.h"

namespace pellucid::train {

const SystemEntry kOurs{.name = "ours",
                        .summary = "pretrained encoder, attribution inside the prediction",
                        .pretrained = true,
                        .attributes = true,
                        .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
                          auto model = std::make_unique<Model>(plan.encoder, plan.adjust, plan.classes);
                          model->initialise_head();
                          model->through = plan.through;
                          return model;
                        },
                        .config = [](const SystemPlan&) { return std::string("{}"); }};

}  // namespace pellucid::train
