#include "train/threads.h"

#include <omp.h>
#include <torch/torch.h>

namespace pellucid::train {

void use_threads(int count) {
  omp_set_num_threads(count);
  torch::set_num_threads(count);
}

}  // namespace pellucid::train
