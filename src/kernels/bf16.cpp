#include "kernels/bf16.h"

#include <bit>

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

constexpr std::ptrdiff_t kBlock = 1 << 14;

PELLUCID_CLONES void convert(const float* from, std::uint16_t* to, std::ptrdiff_t begin, std::ptrdiff_t end) {
  for (std::ptrdiff_t i = begin; i < end; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(from[i]);
    to[i] = static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
  }
}

}  // namespace

void to_bf16(std::span<const float> from, std::span<std::uint16_t> to) {
  for_each_block(std::ssize(from), kBlock, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {  //
    convert(from.data(), to.data(), begin, end);
  });
}

}  // namespace pellucid
