// Names of pieces of pages (report/explanation.h), as notebooks show them.
#pragma once

#include <string>

namespace pellucid::python {

// Two pieces of a notebook share none, though it be saved and gone on with later.
std::string unique_fragment_name();

}  // namespace pellucid::python
