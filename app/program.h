// What a program says of itself and of what ends it.
#pragma once

#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "pellucid/out_of_memory.h"

namespace CLI {
class App;
}

namespace pellucid {

inline constexpr const char* kSummary = "Text classifiers that show their evidence.";

void add_version(CLI::App& app);

// Where main has caught something: its exit status. Errors are values; what is thrown is a bug, or memory that ran out.
inline int failure() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    say_out_of_memory();
  } catch (const std::system_error& lack) {  // std::thread's
    const bool threads = lack.code() == std::errc::resource_unavailable_try_again;
    std::fprintf(stderr, "pellucid: %s\n",
                 threads ? "expected to start another thread, found that the system gives none (limits to memory or "
                           "processes?); fewer --threads need less of both"
                         : lack.what());
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "pellucid: %s\n", bug.what());
  }
  return 1;
}

}  // namespace pellucid
