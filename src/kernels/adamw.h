// AdamW (Loshchilov & Hutter 2019) for a table of which a step's gradient reaches few rows, as word embeddings are.
#pragma once

#include <cstdint>
#include <span>

namespace pellucid {

struct AdamWStep {
  float learning_rate, weight_decay;
  float beta1, beta2, epsilon;
  float correction1, correction2;  // 1 − β1^t and 1 − β2^t at step t, counted from 1
};

// One step of the rows of `parameter` [rows, d] and its moments that have a gradient now or have had one: the others
// have moments of 0, and keep their values, weight decay included. gradient [n, d] holds the gradients of `reached`
// [n], ascending row numbers; any other row's is 0.
void adamw_rows(const AdamWStep& step, std::int64_t d, std::span<const std::int64_t> reached,
                std::span<const float> gradient, std::span<float> parameter, std::span<float> first_moment,
                std::span<float> second_moment);

}  // namespace pellucid
