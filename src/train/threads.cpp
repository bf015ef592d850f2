#include "train/threads.h"

#include <malloc.h>
#include <omp.h>
#include <torch/torch.h>

namespace pellucid::train {

void use_threads(int count) {
  omp_set_num_threads(count);
  torch::set_num_threads(count);
  // Activations are large and short-lived: memory that is given back to the system is faulted in again.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

}  // namespace pellucid::train
