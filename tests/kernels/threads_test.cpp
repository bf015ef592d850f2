// The same results whatever the number of threads, and to the last bit in every run.
#include <gtest/gtest.h>
#include <omp.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <new>
#include <vector>

#include "kernels/attention.h"
#include "kernels/blocks.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"
#include "kernels/random_values.h"
#include "kernels/threads.h"
#include "sanitizers.h"

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

TEST(Threads, WhatIsThrownInOneReachesTheCaller) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(4);
  const auto fail_at = [](std::ptrdiff_t place) {
    return [place](std::ptrdiff_t begin, std::ptrdiff_t end) {
      if (begin <= place && place < end) throw std::bad_alloc();
    };
  };
  EXPECT_THROW(for_each_block(1000, 10, fail_at(995)), std::bad_alloc);
  EXPECT_THROW(for_each_block(1000, 10, fail_at(5)), std::bad_alloc);
  EXPECT_THROW(for_each_row_block(1000, [](const Rows&) { throw std::bad_alloc(); }), std::bad_alloc);
  EXPECT_NO_THROW(for_each_block(1000, 10, fail_at(1000)));
  omp_set_num_threads(before);
}

TEST(Threads, MoreThanTheSystemStartsIsAnError) {
  if (kSanitized) GTEST_SKIP() << "sanitizers take terabytes of addresses";
  const int before = omp_get_max_threads();
  ASSERT_TRUE(use_threads(3));
  EXPECT_EQ(omp_get_max_threads(), 3);
  rlimit memory;
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &memory), 0);
  const rlimit little{.rlim_cur = std::min<rlim_t>(memory.rlim_max, rlim_t{1} << 30), .rlim_max = memory.rlim_max};
  if (::setrlimit(RLIMIT_AS, &little) != 0) GTEST_SKIP() << "memory cannot be limited here";
  const Result<void> found = use_threads(1000);
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &memory), 0);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("expected to start 1000 threads, found that the system allows"),
            std::string::npos)
      << found.error().message;
  EXPECT_EQ(omp_get_max_threads(), 3);
  omp_set_num_threads(before);
}

}  // namespace
}  // namespace pellucid
