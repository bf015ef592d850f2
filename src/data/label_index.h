// A label by its name, or the error that says which there are.
#pragma once

#include <cstdint>
#include <string>

#include "data/example.h"
#include "error/error.h"

namespace pellucid {

// `where`: the text or the option that names it.
Result<std::int32_t> label_index(const LabelSet& labels, const std::string& name, ErrorCode code,
                                 const std::string& where);

}  // namespace pellucid
