// OpenMP threads that wait for each other awake for about 0.1 ms, then sleep. libgomp's default of some
// milliseconds makes a program several times slower where others want the same cores.
#pragma once

#include <unistd.h>

#include <cstdlib>

namespace pellucid {

// First in main. libgomp reads its environment when it is loaded, so the program starts itself again,
// once; what the user has set wins.
inline void shorten_spins(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  if (::setenv("GOMP_SPINCOUNT", "10000", 1) == 0) ::execv("/proc/self/exe", argv);
}

}  // namespace pellucid
