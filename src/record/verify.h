// Whether a decision log is as it was written: recomputes the chain and every content's hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "error/error.h"
#include "record/log.h"

namespace pellucid {

struct Verification {
  std::size_t entries = 0;
  std::size_t erased = 0;             // contents that a pruning erased and recorded
  Head head;                          // to be kept elsewhere: what the next verification is held against
  std::vector<std::string> problems;  // "entry 5: …"; empty: nothing was changed
};

// `anchor`: a head that was noted earlier. A log that has only grown since still has it; one whose tail was removed, or
// that was written anew, has not.
Result<Verification> verify(DecisionLog& log, const std::optional<std::string>& anchor);

}  // namespace pellucid
