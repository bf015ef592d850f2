// The entries that registry.cpp lists, each defined in the file of its name. Internal to the systems.
#pragma once

#include "train/systems/registry.h"

namespace pellucid::train {

extern const SystemEntry kOurs, kPlain, kBcos, kTransformer, kCnn, kMamba, kSwin;

}  // namespace pellucid::train
