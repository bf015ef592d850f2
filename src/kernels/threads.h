// OpenMP's threads in this process.
#pragma once

#include "error/error.h"

namespace pellucid {

// Computing of the thread that calls is done by `count` threads, which start now. An error where the system does not
// let so many start: OpenMP would end the program when it first needs them.
Result<void> use_threads(int count);

}  // namespace pellucid
