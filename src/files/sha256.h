// SHA-256 (FIPS 180-4, through nettle) as 64 lower-case hexadecimal digits.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

std::string sha256(std::string_view bytes);

// Whether it is written as one.
bool is_sha256(std::string_view text);

// Of a hash, what goes into a file's name: its first 12 digits. Who reads the file compares the whole hash.
std::string name_digits(std::string_view hash);

// Read in chunks, so that a large file takes no memory.
Result<std::string> sha256_file(const std::filesystem::path& path);

}  // namespace pellucid
