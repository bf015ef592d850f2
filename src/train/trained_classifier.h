// A trained system as a Classifier, so that every method and measure meets it as it meets ours. Folders of an encoder
// (ours, plain, transformer) run on the runtime's kernels; other systems run in libtorch, their gradients by autograd.
#pragma once

#include <memory>
#include <string>

#include "error/error.h"
#include "runtime/classifier.h"

namespace pellucid::train {

// A folder that `pellucid train` wrote, of any system, or whatever load_classifier takes.
Result<std::unique_ptr<Classifier>> load_trained(const std::string& folder, const LoadOptions& options);

}  // namespace pellucid::train
