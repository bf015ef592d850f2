// What a program says of itself and of what ends it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "kernels/precision.h"
#include "pellucid/out_of_memory.h"
#include "report/tool.h"

namespace pellucid {

inline void add_version(CLI::App& app) {
  app.set_version_flag("--version", [] { return "pellucid " + text_of(this_tool()) + ", " + platform(); });
}

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
