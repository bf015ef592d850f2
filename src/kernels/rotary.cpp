#include "kernels/rotary.h"

#include <cmath>
#include <complex>
#include <cstddef>

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

// One head of one token. sign −1 turns back.
template <class T>
PELLUCID_CLONES void turn_head(const float* cosines, float sign, Size half, T* x) {
  const float* sines = cosines + half;
  T* y = x + half;
#pragma omp simd
  for (Size k = 0; k < half; ++k) {
    const float first = to_float(x[k]);
    const float second = to_float(y[k]);
    x[k] = rounded<T>(first * cosines[k] - sign * second * sines[k]);
    y[k] = rounded<T>(second * cosines[k] + sign * first * sines[k]);
  }
}

}  // namespace

std::vector<float> rotary_table(std::int64_t head_size, std::int64_t positions, double theta) {
  const auto half = static_cast<std::size_t>(head_size / 2);
  std::vector<float> frequencies;
  for (std::size_t k = 0; k < half; ++k) {
    const float share = static_cast<float>(2 * k) / static_cast<float>(head_size);
    frequencies.push_back(1.0F / std::pow(static_cast<float>(theta), share));
  }
  std::vector<float> table(static_cast<std::size_t>(positions) * 2 * half);
  for (std::size_t p = 0; p < static_cast<std::size_t>(positions); ++p) {
    for (std::size_t k = 0; k < half; ++k) {
      const float angle = static_cast<float>(p) * frequencies[k];
      table[2 * half * p + k] = std::cos(angle);
      table[2 * half * p + half + k] = std::sin(angle);
    }
  }
  return table;
}

void rotate(Turn turn, std::span<const float> table, std::span<const std::int32_t> bounds, std::int64_t heads,
            const Activations& qkv) {
  const Size tokens = bounds.back();
  if (tokens == 0) return;
  const float sign = turn == Turn::forwards ? 1.0F : -1.0F;
  std::visit(
      [&](auto rows) {
        const Size d = std::ssize(rows) / tokens / 3;
        const Size head_size = d / heads;
        for_each_block(std::ssize(bounds) - 1, 1, [&](Size text, Size) {
          for (Size t = bounds[text]; t < bounds[text + 1]; ++t) {
            const float* row = table.data() + (t - bounds[text]) * head_size;
            for (Size head = 0; head < 2 * heads; ++head) {  // those of q, then those of k
              turn_head(row, sign, head_size / 2, rows.data() + t * 3 * d + head * head_size);
            }
          }
        });
      },
      qkv);
}

void reference::rotate(Turn turn, double theta, std::span<const std::int32_t> bounds, std::int64_t heads,
                       std::span<float> qkv) {
  const auto d = static_cast<std::int64_t>(qkv.size()) / bounds.back() / 3;
  const std::int64_t head_size = d / heads;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    for (std::int64_t t = bounds[text]; t < bounds[text + 1]; ++t) {
      for (std::int64_t column = 0; column < 2 * d; ++column) {
        const std::int64_t k = column % head_size;
        if (k >= head_size / 2) continue;
        const double angle = static_cast<double>(t - bounds[text]) *
                             std::pow(theta, -2.0 * static_cast<double>(k) / static_cast<double>(head_size));
        float& x = qkv[t * 3 * d + column];
        float& y = qkv[t * 3 * d + column + head_size / 2];
        const auto turned = std::complex<double>(x, y) * std::polar(1.0, turn == Turn::forwards ? angle : -angle);
        x = static_cast<float>(turned.real());
        y = static_cast<float>(turned.imag());
      }
    }
  }
}

}  // namespace pellucid
