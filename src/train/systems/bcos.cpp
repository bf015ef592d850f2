// The B-cos language model of bcos.h.
#include "train/bcos.h"

#include "train/systems/own_config.h"
#include "train/systems/systems.h"

namespace pellucid::train {
namespace {

double alignment_of(const SystemPlan& plan) {
  constexpr double kUsual = 1.5;
  return plan.sizes.alignment > 0 ? plan.sizes.alignment : kUsual;
}

}  // namespace

const SystemEntry kBcos{
    .name = "bcos",
    .summary = "B-cos language model on the pretrained encoder, explained by its own weights",
    .pretrained = true,
    .takes_alignment = true,
    .own_layers = true,
    .make = [](const SystemPlan& plan) -> std::unique_ptr<System> {
      return std::make_unique<Bcos>(plan.encoder, alignment_of(plan), plan.classes);
    },
    .config = [](const SystemPlan& plan) { return own_config("bcos", plan, {{"alignment", alignment_of(plan)}}); }};

}  // namespace pellucid::train
