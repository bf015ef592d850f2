// What a program was built from and runs on: what results, records and model folders carry.
#pragma once

#include <string>
#include <string_view>

namespace pellucid {

std::string_view version();

// The commit that was built, shortened, "+" behind it where files differed from it; "" where it was not built in a
// clone.
std::string_view commit();

// How a result was made.
struct Tool {
  std::string version = {}, commit = {};
  std::string machine =
      {};  // "AMD EPYC, 2 CPUs": as the processor calls itself, and how many of them this process may use
  std::string command = {};  // as for a shell, the program without its folder
};
Tool this_tool();

}  // namespace pellucid
