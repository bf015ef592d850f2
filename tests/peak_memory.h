// A program's peak resident memory, watched while it runs: ru_maxrss would count what its parent had when it was
// forked.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>
#include <thread>

namespace pellucid {

// Of this process and those that it starts: the kernel otherwise rounds memory up to huge pages, of 2 MiB each, when it
// finds the time.
inline void count_without_huge_pages() {
  ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

struct Ended {
  int status = -1;       // as waitpid() tells it
  std::size_t peak = 0;  // MiB
};

inline Ended wait_and_watch(pid_t child) {
  Ended ended;
  while (::waitpid(child, &ended.status, WNOHANG) == 0) {
    std::ifstream file("/proc/" + std::to_string(child) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("VmHWM:")) ended.peak = std::stoul(line.substr(6)) >> 10;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return ended;
}

}  // namespace pellucid
