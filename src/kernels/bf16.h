// bf16: the upper half of a float's bits.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace pellucid {

enum class Bf16 : std::uint16_t {};

inline float to_float(Bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}
inline float to_float(float x) {
  return x;
}

// Rounds to nearest even. What is no number stays none, whatever its bits: rounded up, those of some would be 0.
inline Bf16 to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t nearest = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  return static_cast<Bf16>(x == x ? nearest : bits >> 16 | 0x40);
}

template <class T>
inline T rounded(float x);  // to fp32 or bf16
template <>
inline float rounded<float>(float x) {
  return x;
}
template <>
inline Bf16 rounded<Bf16>(float x) {
  return to_bf16(x);
}

void to_bf16(std::span<const float> from, std::span<Bf16> to);

}  // namespace pellucid
