#include "kernels/disentangled.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace pellucid {
namespace {

// In fp32 as transformers has it: a distance on the border of two buckets falls on the same side.
std::int64_t bucket_of(std::int64_t distance, std::int64_t buckets, std::int64_t farthest) {
  const std::int64_t half = buckets / 2;
  const std::int64_t n = std::abs(distance);
  if (buckets <= 0 || n <= half) return distance;
  const float share = std::log(static_cast<float>(n) / static_cast<float>(half)) /
                      std::log(static_cast<float>(farthest - 1) / static_cast<float>(half));
  const std::int64_t bucket = static_cast<std::int64_t>(std::ceil(share * static_cast<float>(half - 1))) + half;
  return distance < 0 ? -bucket : bucket;
}

}  // namespace

std::int64_t disentangled_rows(std::int64_t buckets, std::int64_t farthest) {
  return 2 * (buckets > 0 ? buckets : farthest);
}

std::vector<std::int32_t> disentangled_places(std::int64_t buckets, std::int64_t farthest, std::int64_t reach) {
  const std::int64_t rows = disentangled_rows(buckets, farthest);
  std::vector<std::int32_t> places;
  for (std::int64_t distance = -reach; distance <= reach; ++distance) {  // i − j; the buckets are those of j − i
    const std::int64_t row = rows / 2 + bucket_of(-distance, buckets, farthest);
    places.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(row, 0, rows - 1)));
  }
  return places;
}

}  // namespace pellucid
