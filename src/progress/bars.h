// Bars of progress of several kinds of work, one after another.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "progress/progress.h"

namespace pellucid {

// Each kind of work has a bar of its own.
class Bars {
 public:
  explicit Bars(bool quiet) : quiet_(quiet) {}

  // What is being done, and how much of it; false after an interrupt.
  bool operator()(std::string_view what, std::size_t done, std::size_t all);

 private:
  bool quiet_;
  std::string what_;
  std::size_t before_ = 0;
  std::optional<Progress> bar_;
};

}  // namespace pellucid
