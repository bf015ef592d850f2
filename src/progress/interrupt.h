// SIGINT and SIGTERM as a flag that long work polls; a second signal ends the process at once.
#pragma once

#include "error/error.h"

namespace pellucid {

void catch_interrupts();
bool interrupted();

// Error{interrupted} with `message` if a signal came.
Result<void> check_interrupted(const std::string& message);

}  // namespace pellucid
