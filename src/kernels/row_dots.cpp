#include "kernels/row_dots.h"

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

constexpr std::ptrdiff_t kRows = 64;  // rows a task

PELLUCID_CLONES float dot(const float* a, const float* b, std::ptrdiff_t d) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::ptrdiff_t k = 0; k < d; ++k) sum += a[k] * b[k];
  return sum;
}
PELLUCID_CLONES float dot(const Bf16* a, const float* b, std::ptrdiff_t d) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::ptrdiff_t k = 0; k < d; ++k) sum += to_float(a[k]) * b[k];
  return sum;
}

}  // namespace

void add_row_dots(std::span<const float> a, std::span<const float> b, std::span<double> sums) {
  const std::ptrdiff_t d = sums.empty() ? 0 : std::ssize(a) / std::ssize(sums);
  for_each_block(std::ssize(sums), kRows, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t t = begin; t < end; ++t) sums[t] += dot(a.data() + t * d, b.data() + t * d, d);
  });
}

void add_row_dots(const ConstActivations& a, std::int64_t stride, std::int64_t first, std::span<const float> v,
                  std::span<double> sums) {
  std::visit(
      [&](auto rows) {
        for_each_block(std::ssize(sums), kRows, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
          for (std::ptrdiff_t t = begin; t < end; ++t) {
            sums[t] += dot(rows.data() + t * stride + first, v.data(), std::ssize(v));
          }
        });
      },
      a);
}

}  // namespace pellucid
