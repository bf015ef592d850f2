// OpenMP's threads in this process.
#pragma once

#include <omp.h>

#include "error/error.h"

namespace pellucid {

// Computing of the thread that calls is done by `count` threads, which start now. An error where the system does not
// let so many start: OpenMP would end the program when it first needs them.
Result<void> use_threads(int count);

// While it lives, the calling thread computes with `count` threads.
class ThreadsMeanwhile {
 public:
  explicit ThreadsMeanwhile(int count) : before_(omp_get_max_threads()) { omp_set_num_threads(count); }
  ~ThreadsMeanwhile() { omp_set_num_threads(before_); }
  ThreadsMeanwhile(const ThreadsMeanwhile&) = delete;
  ThreadsMeanwhile& operator=(const ThreadsMeanwhile&) = delete;

 private:
  int before_;
};

}  // namespace pellucid
