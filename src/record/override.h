// A person's override of a decision: an entry of its own, never an edit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "error/error.h"
#include "record/log.h"

namespace pellucid {

struct Override {
  std::int64_t number = 0;    // of its own entry
  std::int64_t decision = 0;  // whose label it replaces
  std::string time = {};
  bool erased = false;  // then the rest is empty
  std::string label = {}, who = {}, why = {};
};

// Appends it. The label must be one of the model that decided.
Result<Entry> append_override(DecisionLog& log, const Override& override);

// Of one decision, oldest first: the last one holds.
Result<std::vector<Override>> overrides_of(DecisionLog& log, std::int64_t decision);

}  // namespace pellucid
