// How far apart two tokens are, in the scores of attention.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/disentangled.h"

namespace pellucid {

// S^h_ji += values[h, reach + i − j], before softmax; where no values are, nothing is added. S^h_ji = −∞ where i and j
// are more than `window` apart (local attention: Beltagy et al. 2020).
struct RelativeBias {
  static constexpr std::int64_t kWholeText = std::numeric_limits<std::int64_t>::max();

  std::span<const float> values = {};  // [heads, 2 reach + 1]
  std::int64_t reach = 0;              // the largest distance
  std::int64_t window = kWholeText;
  Disentangled disentangled = {};

  // Where the values of a head have the distance 0; null where there are none.
  const float* centre(std::int64_t head) const {
    return values.empty() ? nullptr : values.data() + head * (2 * reach + 1) + reach;
  }
};

// Distances share buckets the more, the larger they are (Raffel et al. 2020; as MPNet has them): the first half for
// tokens before j, the second for those after it.
inline constexpr std::int64_t kRelativeBuckets = 32;
std::int64_t relative_bucket(std::int64_t distance);  // i − j

// The buckets of the distances −reach … reach.
std::vector<std::int64_t> relative_buckets(std::int64_t reach);

// values [heads, 2 reach + 1] from a table [kRelativeBuckets, heads].
std::vector<float> relative_values(std::span<const float> table, std::int64_t heads, std::int64_t reach);

}  // namespace pellucid
