// The version that records, reports and model folders carry.
#pragma once

#include <string_view>

namespace pellucid {

std::string_view version();

}  // namespace pellucid
