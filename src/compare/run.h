// Runs a plan: trains what is not trained yet, chooses settings and methods by the validation texts, tests each cell
// once, and puts the figures side by side.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "compare/comparison.h"
#include "compare/plan.h"
#include "error/error.h"

namespace pellucid::compare {

struct RunOptions {
  std::filesystem::path out;
  unsigned threads = 1;    // that training uses: they decide its last bits
  std::uint64_t seed = 0;  // of intervals and tests
  bool quiet = false;
  std::function<void(const std::string& line)> say = {};  // which cell it is, for people
};

// The same call goes on where an interrupted one stopped.
Result<Comparison> run(const Plan& plan, const RunOptions& options, const OptionsReader& reader);

}  // namespace pellucid::compare
