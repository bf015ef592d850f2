// The same results whatever the number of threads, and to the last bit in every run.
#include <gtest/gtest.h>
#include <omp.h>

#include <functional>
#include <vector>

#include "kernels/attention.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"
#include "kernels/random_values.h"

namespace pellucid {
namespace {

constexpr std::size_t kTokens = 700;  // of texts of 512, 1 and 187
constexpr std::size_t kWidth = 64, kInner = 256;
constexpr std::int64_t kHeads = 4;
const std::vector<std::int32_t> kBounds{0, 512, 513, 700};

using Values = std::vector<float>;

// Runs `work` three times with each of 1, 2, 4, 8 threads.
void expect_steady(const std::function<Values()>& work, float tolerance) {
  const int before = omp_get_max_threads();
  Values alone;
  for (const int threads : {1, 2, 4, 8}) {
    omp_set_num_threads(threads);
    const Values first = work();
    EXPECT_EQ(work(), first) << threads << " threads, again";
    EXPECT_EQ(work(), first) << threads << " threads, a third time";
    if (threads == 1) alone = first;
    expect_near(first, alone, tolerance);
  }
  omp_set_num_threads(before);
}

TEST(Threads, LinearForwardBackwardAndGradients) {
  const Values weight = random_values(kInner * kWidth, 1), bias = random_values(kInner, 2);
  const Values x = random_values(kTokens * kWidth, 3), d_y = random_values(kTokens * kInner, 4);
  const Linear linear(weight, bias, Precision::fp32);
  expect_steady(
      [&] {
        Values y(kTokens * kInner);
        linear.forward(x, y);
        return y;
      },
      1e-6F);
  expect_steady(
      [&] {
        Values d_x(kTokens * kWidth);
        linear.backward(d_y, d_x);
        return d_x;
      },
      1e-6F);
  expect_steady(
      [&] {
        Values d_weight(kInner * kWidth);
        add_weight_gradient(d_y, x, kInner, d_weight);
        Values d_bias(kInner);
        add_bias_gradient(d_y, d_bias);
        d_weight.insert(d_weight.end(), d_bias.begin(), d_bias.end());
        return d_weight;
      },
      1e-6F);
}

TEST(Threads, AttentionForwardAndBackward) {
  const Values qkv = random_values(kTokens * 3 * kWidth, 1), d_context = random_values(kTokens * kWidth, 2);
  const Values g = random_values(kTokens, 3);
  expect_steady(
      [&] {
        Values context(kTokens * kWidth), a(kTokens);
        attention_forward(qkv, kBounds, kHeads, context);
        attention_column_sum(qkv, kBounds, kHeads, g, a);
        context.insert(context.end(), a.begin(), a.end());
        return context;
      },
      0);
  for (const Backward mode : {Backward::exact, Backward::gradient}) {
    expect_steady(
        [&] {
          Values d_qkv(kTokens * 3 * kWidth);
          attention_backward(mode, qkv, kBounds, kHeads, d_context, d_qkv);
          return d_qkv;
        },
        0);
  }
}

TEST(Threads, RowsAndElements) {
  const Values scale = random_values(kWidth, 1, 0.3F, 1), shift = random_values(kWidth, 2);
  const LayerNormWeights weights{scale, shift, 1e-12F};
  const Values x = random_values(kTokens * kWidth, 3, 2), d_y = random_values(kTokens * kWidth, 4);
  expect_steady(
      [&] {
        Values sum = x, y(x.size()), mean(kTokens), rstd(kTokens), d_x(x.size()), d_scale(kWidth), d_shift(kWidth);
        layer_norm_forward(weights, {}, sum, y, mean, rstd);
        layer_norm_backward(Backward::gradient, weights, sum, mean, rstd, d_y, d_x);
        add_layer_norm_gradients(sum, mean, rstd, d_y, d_scale, d_shift);
        gelu_forward(y, y);
        for (const Values* more : {&d_x, &d_scale, &d_shift}) y.insert(y.end(), more->begin(), more->end());
        return y;
      },
      0);
}

}  // namespace
}  // namespace pellucid
