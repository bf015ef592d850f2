#include "train/threads.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "kernels/threads.h"

namespace pellucid::train {

Result<void> use_threads(int count) {
  PELLUCID_CHECK(pellucid::use_threads(count));
  torch::set_num_threads(count);
  return {};
}

}  // namespace pellucid::train
