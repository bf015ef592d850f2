#include "kernels/dropout.h"

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

constexpr std::ptrdiff_t kBlock = 1 << 14;  // elements a task

// A well-mixed 32-bit number for each position (the finaliser of MurmurHash3, keyed twice).
inline std::uint32_t draw(std::uint32_t position, std::uint32_t key, std::uint32_t second_key) {
  std::uint32_t h = position * 0x9E3779B9U ^ key;
  h = (h ^ (h >> 16)) * 0x85EBCA6BU;
  h = (h ^ (h >> 13)) * 0xC2B2AE35U ^ second_key;
  h = (h ^ (h >> 16)) * 0x7FEB352DU;
  return h ^ (h >> 15);
}

struct Mask {
  std::uint32_t first, key, second_key, threshold;
  float scale;
  explicit Mask(const Dropout& dropout)
      : first(static_cast<std::uint32_t>(dropout.first)),
        key(static_cast<std::uint32_t>(dropout.seed)),
        second_key(static_cast<std::uint32_t>(dropout.seed >> 32)),
        threshold(static_cast<std::uint32_t>(static_cast<double>(dropout.p) * 4294967296.0)),
        scale(1.0F / (1.0F - dropout.p)) {}
  float operator()(std::uint32_t i) const { return draw(first + i, key, second_key) >= threshold ? scale : 0.0F; }
};

PELLUCID_CLONES void add_block(const float* residual, const float* x, Mask mask, std::uint32_t begin, std::uint32_t end,
                               float* out) {
  if (residual == nullptr) {
    for (std::uint32_t i = begin; i < end; ++i) out[i] = mask(i) * x[i];
  } else {
    for (std::uint32_t i = begin; i < end; ++i) out[i] = residual[i] + mask(i) * x[i];
  }
}
template <class T>
PELLUCID_CLONES void backward_block(const float* d_out, Mask mask, std::uint32_t begin, std::uint32_t end, T* d_x) {
  for (std::uint32_t i = begin; i < end; ++i) d_x[i] = rounded<T>(mask(i) * d_out[i]);
}

template <class Block>
void in_blocks(std::size_t size, const Block& block) {
  for_each_block(static_cast<std::ptrdiff_t>(size), kBlock, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    block(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end));
  });
}

}  // namespace

void dropout_add(const Dropout& dropout, std::span<const float> residual, std::span<const float> x,
                 std::span<float> out) {
  const float* base = residual.empty() ? nullptr : residual.data();
  const Mask mask(dropout);
  in_blocks(x.size(),
            [&](std::uint32_t begin, std::uint32_t end) { add_block(base, x.data(), mask, begin, end, out.data()); });
}

void dropout_backward(const Dropout& dropout, std::span<const float> d_out, const Activations& d_x) {
  const Mask mask(dropout);
  std::visit(
      [&](auto to) {
        in_blocks(to.size(), [&](std::uint32_t begin, std::uint32_t end) {
          backward_block(d_out.data(), mask, begin, end, to.data());
        });
      },
      d_x);
}

}  // namespace pellucid
