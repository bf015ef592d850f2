// The number of CPU threads, for libtorch and for our kernels alike.
#pragma once

namespace pellucid::train {

void use_threads(int count);

}  // namespace pellucid::train
