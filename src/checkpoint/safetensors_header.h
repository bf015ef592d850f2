// The JSON header of a safetensors file: read without trusting it, and written. Internal to
// safetensors.cpp; apart from it because it needs neither a file nor its tensors' bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"
#include "error/error.h"

namespace pellucid {

struct TensorEntry {
  std::string name;
  DataType type = DataType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // bytes, counted from the end of the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  // ordered by position
  std::map<std::string, std::string> metadata;
};

// `text` is the JSON; `data_size` the number of bytes behind it, which the tensors must fill exactly:
// no overlap, no hole. `where` names the file in errors.
Result<SafetensorsHeader> read_header(std::string_view text, std::uint64_t data_size, const std::string& where);

// Without padding. The entries in the order given, metadata first, as the reference writes it.
std::string write_header(const SafetensorsHeader& header);

// Bytes of a tensor; nullopt where the product overflows or a side is negative.
std::optional<std::uint64_t> bytes_of(DataType type, const std::vector<std::int64_t>& shape);

std::string describe_shape(const std::vector<std::int64_t>& shape);  // "[2, 3]"

}  // namespace pellucid
