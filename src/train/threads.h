// The number of CPU threads, for libtorch and for our kernels alike.
#pragma once

#include "error/error.h"

namespace pellucid::train {

Result<void> use_threads(int count);

}  // namespace pellucid::train
