// What the operating system refused, as an Error that names the path.
#pragma once

#include <filesystem>
#include <string_view>

#include "error/error.h"

namespace pellucid {

// "path: expected <expected>, found: <strerror(number)>"; not_found for ENOENT and ENOTDIR, interrupted for
// EINTR, else io.
tl::unexpected<Error> system_failure(int number, const std::filesystem::path& path, std::string_view expected);

}  // namespace pellucid
