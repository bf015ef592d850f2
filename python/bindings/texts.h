// Texts as Python has them: lists, arrays, columns, whatever gives one str after another.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

namespace pellucid::python {

// As UTF-8. A single str, a table, and what is no str are TypeErrors that say what was found, and where.
// Half a surrogate pair is kept as three bytes, which are no UTF-8: read as U+FFFD, like all that is broken.
std::vector<std::string> texts_of(nanobind::handle given);

// The way back, without loss.
nanobind::str str_of(const std::string& bytes);

}  // namespace pellucid::python
