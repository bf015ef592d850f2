// e^x, its inverse and what is made of them, for loops that the compiler vectorises.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace pellucid {

// e^x for x <= 0; below -87 it stays at e^-87. (Polynomial of Cephes' expf.)
inline float exp_of(float x) {
  x = x < -87.0F ? -87.0F : x;
  constexpr float kMagic = 12582912.0F;  // 1.5 · 2^23: adding it rounds to an integer
  const float shifted = x * 1.44269504F + kMagic;
  const float k = shifted - kMagic;
  const float r = (x - k * 0.693359375F) + k * 2.12194440e-4F;  // ln 2 in two parts
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const std::uint32_t power =
      (std::bit_cast<std::uint32_t>(shifted) << 23) + 0x3F800000;  // kMagic's low bits hold k: 2^k
  return p * std::bit_cast<float>(power);                          // exact, and what is no number stays none
}

// log x for normal x > 0. (Polynomial of Cephes' logf.)
inline float log_of(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const auto mantissa = std::bit_cast<float>((bits & 0x007FFFFF) | 0x3F000000);  // in [1/2, 1)
  const bool small = mantissa < 0.707106781F;
  const float k = static_cast<float>((bits >> 23) - 126) - (small ? 1.0F : 0.0F);
  const float r = mantissa + (small ? mantissa : 0.0F) - 1.0F;
  const float r2 = r * r;
  float p = 7.0376836292e-2F;
  p = p * r - 1.1514610310e-1F;
  p = p * r + 1.1676998740e-1F;
  p = p * r - 1.2420140846e-1F;
  p = p * r + 1.4249322787e-1F;
  p = p * r - 1.6668057665e-1F;
  p = p * r + 2.0000714765e-1F;
  p = p * r - 2.4999993993e-1F;
  p = p * r + 3.3333331174e-1F;
  return (p * r * r2 - k * 2.12194440e-4F - 0.5F * r2) + r + k * 0.693359375F;  // ln 2 in two parts
}

// 1 / (1 + e^-x)
inline float sigmoid(float x) {
  const float e = exp_of(-std::fabs(x));
  return (x < 0 ? e : 1.0F) / (1.0F + e);
}

// log(1 + e^x) = max(x, 0) + log(1 + e), e = e^-|x|; and log(1 + e) = 2 artanh(e / (2 + e)), whose series has an
// argument of at most 1/3.
inline float softplus(float x) {
  const float e = exp_of(-std::fabs(x));
  const float s = e / (2.0F + e);
  const float s2 = s * s;
  float p = 1.0F / 15;
  p = p * s2 + 1.0F / 13;
  p = p * s2 + 1.0F / 11;
  p = p * s2 + 1.0F / 9;
  p = p * s2 + 1.0F / 7;
  p = p * s2 + 1.0F / 5;
  p = p * s2 + 1.0F / 3;
  p = p * s2 + 1.0F;
  return (x > 0 ? x : 0.0F) + 2.0F * s * p;
}

}  // namespace pellucid
