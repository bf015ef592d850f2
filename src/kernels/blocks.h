// A parallel loop over consecutive blocks of elements or rows. Each block is computed by one thread
// and in one order, so results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstddef>

namespace pellucid {

// Calls work(begin, end) for blocks of `size` out of [0, count).
template <class Work>
void for_each_block(std::ptrdiff_t count, std::ptrdiff_t size, const Work& work) {
#pragma omp parallel for schedule(static) if (count > size)
  for (std::ptrdiff_t begin = 0; begin < count; begin += size) work(begin, std::min(begin + size, count));
}

}  // namespace pellucid
