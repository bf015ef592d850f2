#include "kernels/threads.h"

#include <malloc.h>
#include <omp.h>

#include <latch>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace pellucid {
namespace {

// How many threads there can be at a time, the calling one among them: `count`, or fewer where the system refuses.
int startable_threads(int count) {
  std::latch seen(1);
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (bool refused = false; !refused && static_cast<int>(threads.size()) < count - 1;) {
    try {
      threads.emplace_back([&seen] { seen.wait(); });
    } catch (const std::system_error&) {
      refused = true;
    }
  }
  seen.count_down();
  return static_cast<int>(threads.size()) + 1;
}

}  // namespace

Result<void> use_threads(int count) {
  int found = startable_threads(count);
  if (found == count) {  // they start now: what takes memory later must leave some for them
    found = 0;
#pragma omp parallel num_threads(count) reduction(+ : found)
    ++found;
  }
  if (found < count) {
    return fail(ErrorCode::io, "expected to start " + std::to_string(count) +
                                   " threads, found that the system allows " + std::to_string(found) +
                                   " (limits to memory or processes?); fewer --threads need less of both");
  }
  omp_set_num_threads(count);
  // Activations are large and short-lived: memory that is given back to the system is faulted in again.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  return {};
}

}  // namespace pellucid
