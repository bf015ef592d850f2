// The standard normal distribution, for loops that the compiler vectorises.
#pragma once

#include <cmath>

#include "kernels/exponential.h"

namespace pellucid {

inline constexpr float kDensityAtZero = 0.398942280F;  // 1 / √(2π)

struct Normal {
  float below;  // Φ(x)
  float bell;   // exp(−x²/2)
};

// Φ(−|x|) = exp(−x²/2) t Q(t), t = 1 / (1 + 0.27 |x|). Q was fitted to erfcx(|x|/√2) / 2 on |x| <= 14 for
// the smallest largest relative error, 2.4e-8.
inline Normal normal(float x) {
  const float size = std::fabs(x);
  const float bell = exp_of(-0.5F * x * x);
  const float t = 1.0F / (1.0F + 0.27F * size);
  float q = 0.0289153964F;
  q = q * t - 0.126255855F;
  q = q * t + 0.169292613F;
  q = q * t - 0.068622342F;
  q = q * t + 0.107400359F;
  q = q * t + 0.0722399029F;
  q = q * t + 0.101759262F;
  q = q * t + 0.107550493F;
  q = q * t + 0.107720182F;
  const float tail = bell * (t * q);
  return {x < 0 ? tail : 1.0F - tail, bell};
}

}  // namespace pellucid
