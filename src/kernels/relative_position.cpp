#include "kernels/relative_position.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace pellucid {

// In fp32 as there: a distance on the border of two buckets falls on the same side.
std::int64_t relative_bucket(std::int64_t distance) {
  constexpr std::int64_t kHalf = kRelativeBuckets / 2;
  constexpr std::int64_t kExact = kHalf / 2;  // distances below have a bucket each
  constexpr double kFarthest = 128;
  const std::int64_t side = distance > 0 ? kHalf : 0;
  const std::int64_t n = std::abs(distance);
  if (n < kExact) return side + n;
  const float share = std::log(static_cast<float>(n) / kExact) / static_cast<float>(std::log(kFarthest / kExact));
  return side + std::min(kExact + static_cast<std::int64_t>(share * (kHalf - kExact)), kHalf - 1);
}

std::vector<std::int64_t> relative_buckets(std::int64_t reach) {
  std::vector<std::int64_t> buckets;
  for (std::int64_t distance = -reach; distance <= reach; ++distance) buckets.push_back(relative_bucket(distance));
  return buckets;
}

std::vector<float> relative_values(std::span<const float> table, std::int64_t heads, std::int64_t reach) {
  const std::vector<std::int64_t> buckets = relative_buckets(reach);
  std::vector<float> values;
  for (std::int64_t head = 0; head < heads; ++head) {
    for (const std::int64_t bucket : buckets) values.push_back(table[bucket * heads + head]);
  }
  return values;
}

}  // namespace pellucid
