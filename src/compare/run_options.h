// Where and how the cells of a plan are trained and measured.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "kernels/precision.h"

namespace pellucid::compare {

struct RunOptions {
  std::filesystem::path out;
  unsigned threads = 1;                   // of training, whose last bits they decide
  Precision precision = Precision::fp32;  // of predictions and explanations that are measured
  std::uint64_t seed = 0;                 // of intervals and tests
  bool quiet = false;
  std::function<void(const std::string& line)> say = {};  // which cell it is, for people
};

}  // namespace pellucid::compare
