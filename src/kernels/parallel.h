// Loops that OpenMP's threads share. What each turn computes must not depend on which thread it is given.
#pragma once

#include <omp.h>

#include <cstddef>

#include "kernels/kept_exception.h"

namespace pellucid {

enum class Shared {
  evenly,   // as many turns, one after another, for each thread
  as_free,  // `chunk` turns for whoever is free
};

// Calls work(i) for each i of [0, count). A thread alone does without OpenMP: its library ends the program where it
// finds no memory for another team, be it one of one thread.
template <class Work>
void parallel_for(std::ptrdiff_t count, Shared shared, const Work& work, [[maybe_unused]] std::ptrdiff_t chunk = 1) {
  if (omp_in_parallel() != 0 || omp_get_max_threads() == 1) {
    for (std::ptrdiff_t i = 0; i < count; ++i) work(i);
    return;
  }
  KeptException kept;
  if (shared == Shared::evenly) {
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < count; ++i) kept.run([&] { work(i); });
  } else {
#pragma omp parallel for schedule(dynamic, chunk)
    for (std::ptrdiff_t i = 0; i < count; ++i) kept.run([&] { work(i); });
  }
  kept.rethrow();
}

}  // namespace pellucid
