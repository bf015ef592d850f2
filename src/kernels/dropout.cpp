#include "kernels/dropout.h"

#include <algorithm>
#include <cstddef>

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
  std::uint32_t key, second_key, threshold;
  float scale;
  Mask(float p, std::uint64_t seed)
      : key(static_cast<std::uint32_t>(seed)),
        second_key(static_cast<std::uint32_t>(seed >> 32)),
        threshold(static_cast<std::uint32_t>(static_cast<double>(p) * 4294967296.0)),
        scale(1.0F / (1.0F - p)) {}
  float operator()(std::uint32_t position) const { return draw(position, key, second_key) >= threshold ? scale : 0.0F; }
};

template <class T>
PELLUCID_CLONES void add_block(const float* residual, const T* x, Mask mask, std::uint32_t begin, std::uint32_t end,
                               float* out) {
  if (residual == nullptr) {
    for (std::uint32_t i = begin; i < end; ++i) out[i] = mask(i) * to_float(x[i]);
  } else {
    for (std::uint32_t i = begin; i < end; ++i) out[i] = residual[i] + mask(i) * to_float(x[i]);
  }
}
template <class T>
PELLUCID_CLONES void backward_block(const float* d_out, Mask mask, std::uint32_t begin, std::uint32_t end, T* d_x) {
  for (std::uint32_t i = begin; i < end; ++i) d_x[i] = rounded<T>(mask(i) * d_out[i]);
}

template <class Block>
void in_blocks(std::size_t size, const Block& block) {
  const auto n = static_cast<std::ptrdiff_t>(size);
#pragma omp parallel for schedule(static)
  for (std::ptrdiff_t begin = 0; begin < n; begin += kBlock) {
    block(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(std::min(begin + kBlock, n)));
  }
}

template <class T>
void add(std::span<const float> residual, std::span<const T> x, float p, std::uint64_t seed, std::span<float> out) {
  const float* base = residual.empty() ? nullptr : residual.data();
  const Mask mask(p, seed);
  in_blocks(x.size(),
            [&](std::uint32_t begin, std::uint32_t end) { add_block(base, x.data(), mask, begin, end, out.data()); });
}

template <class T>
void backward(std::span<const float> d_out, float p, std::uint64_t seed, std::span<T> d_x) {
  const Mask mask(p, seed);
  in_blocks(d_x.size(), [&](std::uint32_t begin, std::uint32_t end) {
    backward_block(d_out.data(), mask, begin, end, d_x.data());
  });
}

}  // namespace

void dropout_add(std::span<const float> residual, std::span<const float> x, float p, std::uint64_t seed,
                 std::span<float> out) {
  add(residual, x, p, seed, out);
}
void dropout_add(std::span<const float> residual, std::span<const Bf16> x, float p, std::uint64_t seed,
                 std::span<float> out) {
  add(residual, x, p, seed, out);
}
void dropout_backward(std::span<const float> d_out, float p, std::uint64_t seed, std::span<float> d_x) {
  backward(d_out, p, seed, d_x);
}
void dropout_backward(std::span<const float> d_out, float p, std::uint64_t seed, std::span<Bf16> d_x) {
  backward(d_out, p, seed, d_x);
}

}  // namespace pellucid
