// Parallel loops over consecutive blocks of elements or rows. Each block is computed by one thread
// and in one order, so results do not depend on the number of threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstddef>

#include "kernels/activations.h"
#include "kernels/parallel.h"

namespace pellucid {

// Calls work(begin, end) for blocks of `size` out of [0, count).
template <class Work>
void for_each_block(std::ptrdiff_t count, std::ptrdiff_t size, const Work& work) {
  if (count <= size) {
    if (count > 0) work(0, count);
    return;
  }
  parallel_for((count + size - 1) / size, Shared::evenly,
               [&](std::ptrdiff_t block) { work(block * size, std::min((block + 1) * size, count)); });
}

// Rows of activations that go through several kernels together: a product of so many has a core's full speed, and what
// passes between the kernels stays in its cache.
inline constexpr std::ptrdiff_t kRowBlock = 64;

// The rows of each block when `count` are shared out evenly: at most kRowBlock, few different numbers.
inline std::ptrdiff_t row_block(std::ptrdiff_t count) {
  constexpr std::ptrdiff_t kGranule = 8;
  const std::ptrdiff_t threads = omp_in_parallel() != 0 ? 1 : omp_get_max_threads();
  const std::ptrdiff_t blocks = (count + kRowBlock - 1) / kRowBlock;
  const std::ptrdiff_t rounds = (blocks + threads - 1) / threads;
  const std::ptrdiff_t even = (count + rounds * threads - 1) / (rounds * threads);
  return std::min((even + kGranule - 1) / kGranule * kGranule, kRowBlock);
}

// Calls work(rows) for blocks of rows out of [0, count). Rows that make one block are left to the calling thread, whose
// kernels may then use several.
template <class Work>
void for_each_row_block(std::size_t count, const Work& work) {
  const auto end = static_cast<std::ptrdiff_t>(count);
  if (end <= kRowBlock) {
    if (end > 0) work(Rows{0, count});
    return;
  }
  const std::ptrdiff_t size = row_block(end);
  parallel_for((end + size - 1) / size, Shared::as_free, [&](std::ptrdiff_t block) {
    const std::ptrdiff_t begin = block * size;
    work(Rows{static_cast<std::size_t>(begin), static_cast<std::size_t>(std::min(size, end - begin))});
  });
}

}  // namespace pellucid
