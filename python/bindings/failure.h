// Errors as Python's exceptions: pellucid.Error, with the message, the code and the place of ours.
#pragma once

#include <utility>

#include "error/error.h"

namespace pellucid::python {

// Needs the GIL. What interrupted the work, KeyboardInterrupt in general, goes on as it is.
[[noreturn]] void raise(const Error& error);

template <class T>
T value(Result<T> result) {
  if (!result) raise(result.error());
  return *std::move(result);
}
inline void value(const Result<void>& result) {
  if (!result) raise(result.error());
}

}  // namespace pellucid::python
