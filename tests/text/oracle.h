// Reads what tests/oracles/tokenizer.py and tokenizer_kinds.py write.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

inline const std::filesystem::path kFixtures = std::filesystem::path(PELLUCID_SOURCE_DIR) / "tests/fixtures/text";

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// FNV-1a over little-endian int32.
class Hash {
 public:
  void add(std::int64_t value) {
    const auto bits = static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
    for (int shift = 0; shift < 32; shift += 8) hash_ = (hash_ ^ (bits >> shift & 0xFF)) * 0x100000001B3U;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

inline std::vector<std::uint64_t> read_hashes(const std::filesystem::path& file) {
  const std::string bytes = slurp(file);
  std::vector<std::uint64_t> values(bytes.size() / 8);
  std::memcpy(values.data(), bytes.data(), values.size() * 8);
  return values;
}

inline std::vector<std::string> read_strings(const std::filesystem::path& file) {
  const std::string bytes = slurp(file);
  std::vector<std::string> strings;
  for (std::size_t at = 0; at + 2 <= bytes.size();) {
    const std::size_t size = static_cast<unsigned char>(bytes[at]) |
                             static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
    strings.push_back(bytes.substr(at + 2, size));
    at += 2 + size;
  }
  return strings;
}

inline Tokenizer load(const std::filesystem::path& folder) {
  auto loaded = Tokenizer::load(folder);
  if (!loaded) throw std::runtime_error(describe(loaded.error()));
  return std::move(*loaded);
}

}  // namespace pellucid
