// Where a text stops being UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace pellucid {

// The first byte that is not part of a well-formed sequence (Unicode 15, table 3-7), or npos.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace pellucid
