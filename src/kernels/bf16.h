// fp32 rounded to bf16 (the upper half of its bits, to nearest even).
#pragma once

#include <cstdint>
#include <span>

namespace pellucid {

void to_bf16(std::span<const float> from, std::span<std::uint16_t> to);

}  // namespace pellucid
