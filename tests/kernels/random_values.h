// Seeded normal values, and a comparison relative to the largest expected one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "kernels/bf16.h"

namespace pellucid {

inline std::vector<float> random_values(std::size_t size, unsigned seed, float spread = 1, float centre = 0) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(centre, spread);
  std::vector<float> values(size);
  for (float& value : values) value = normal(generator);
  return values;
}

constexpr float kBf16Rounding = 4e-3F;  // half of the last of 8 bits

inline std::vector<Bf16> rounded(std::span<const float> values) {
  std::vector<Bf16> result(values.size());
  to_bf16(values, result);
  return result;
}
inline std::vector<float> widened(std::span<const Bf16> values) {
  std::vector<float> result;
  for (const Bf16 value : values) result.push_back(to_float(value));
  return result;
}

inline void expect_near(std::span<const float> actual, std::span<const float> expected, float tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  float largest = 1;
  for (const float value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], tolerance * largest) << i;
}

}  // namespace pellucid
