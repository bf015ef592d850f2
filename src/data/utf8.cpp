#include "data/utf8.h"

#include <cstdint>
#include <cstring>

namespace pellucid {
namespace {

using Byte = unsigned char;

bool between(Byte value, Byte low, Byte high) {
  return low <= value && value <= high;
}

// Length of the well-formed sequence at `at`, which is not ASCII; 0 if there is none.
std::size_t sequence_length(const Byte* at, std::size_t left) {
  const Byte lead = at[0];
  const auto follows = [&](std::size_t i, Byte low = 0x80, Byte high = 0xBF) {
    return i < left && between(at[i], low, high);
  };
  if (between(lead, 0xC2, 0xDF)) return follows(1) ? 2 : 0;
  // The second byte's range leaves out overlong forms, surrogates and what lies beyond U+10FFFF.
  if (between(lead, 0xE0, 0xEF)) {
    const Byte low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (between(lead, 0xF0, 0xF4)) {
    const Byte low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const Byte*>(text.data());
  const std::size_t size = text.size();
  std::size_t i = 0;
  while (i < size) {
    // Eight ASCII bytes at once: most text is ASCII.
    std::uint64_t block;
    if (size - i >= sizeof block) {
      std::memcpy(&block, bytes + i, sizeof block);
      if ((block & 0x8080808080808080) == 0) {
        i += sizeof block;
        continue;
      }
    }
    if (bytes[i] < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = sequence_length(bytes + i, size - i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace pellucid
