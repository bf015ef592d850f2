#include "kernels/bf16.h"

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

constexpr std::ptrdiff_t kBlock = 1 << 14;

PELLUCID_CLONES void convert(const float* from, Bf16* to, std::ptrdiff_t begin, std::ptrdiff_t end) {
#pragma omp simd
  for (std::ptrdiff_t i = begin; i < end; ++i) to[i] = to_bf16(from[i]);
}

}  // namespace

void to_bf16(std::span<const float> from, std::span<Bf16> to) {
  for_each_block(std::ssize(from), kBlock, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {  //
    convert(from.data(), to.data(), begin, end);
  });
}

}  // namespace pellucid
