#include "kernels/adamw.h"

#include <algorithm>
#include <cmath>

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kRows = 64;  // a task

// `gradient` nullptr: 0.
PELLUCID_CLONES void update(const AdamWStep& step, const float* gradient, float* parameter, float* m, float* v,
                            Size d) {
  const float kept = 1 - step.learning_rate * step.weight_decay;
  const float rate = step.learning_rate / step.correction1;
  const float inverse_root = 1 / std::sqrt(step.correction2);
  for (Size i = 0; i < d; ++i) {
    const float g = gradient == nullptr ? 0.0F : gradient[i];
    m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
    v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g;
    parameter[i] = kept * parameter[i] - rate * m[i] / (std::sqrt(v[i]) * inverse_root + step.epsilon);
  }
}

}  // namespace

void adamw_rows(const AdamWStep& step, std::int64_t d, std::span<const std::int64_t> reached,
                std::span<const float> gradient, std::span<float> parameter, std::span<float> first_moment,
                std::span<float> second_moment) {
  const Size rows = std::ssize(parameter) / d;
  for_each_block(rows, kRows, [&](Size begin, Size end) {
    auto next = std::ranges::lower_bound(reached, begin);
    for (Size row = begin; row < end; ++row) {
      const float* g = nullptr;
      if (next != reached.end() && *next == row) g = gradient.data() + (next++ - reached.begin()) * d;
      const float* v = second_moment.data() + row * d;
      if (g == nullptr && std::all_of(v, v + d, [](float value) { return value == 0; })) continue;
      update(step, g, parameter.data() + row * d, first_moment.data() + row * d, second_moment.data() + row * d, d);
    }
  });
}

}  // namespace pellucid
