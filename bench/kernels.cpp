// Each kernel beside its plain reference, on the shapes of MiniLM: seconds a call, elements or FLOP a second.
// build/release/bench_kernels --benchmark_filter=Attention
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "kernels/adamw.h"
#include "kernels/attention.h"
#include "kernels/dropout.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"
#include "kernels/quantise.h"

namespace pellucid {
namespace {

using benchmark::Counter;
using benchmark::State;

constexpr std::int64_t kWidth = 384;
constexpr std::int64_t kHeads = 12;

std::vector<float> values(std::size_t size) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> result(size);
  for (float& value : result) value = normal(generator);
  return result;
}

std::vector<Bf16> narrow_values(std::size_t size) {
  std::vector<Bf16> result(size);
  to_bf16(values(size), result);
  return result;
}

void count_flop(State& state, double flop) {
  state.counters["FLOP/s"] = Counter(flop * static_cast<double>(state.iterations()), Counter::kIsRate);
}
void count_elements(State& state, std::size_t elements) {
  state.SetItemsProcessed(static_cast<std::int64_t>(elements) * state.iterations());
}

// Texts of `length` tokens that make about 2,048 together.
std::vector<std::int32_t> bounds_of(std::int64_t length) {
  std::vector<std::int32_t> bounds{0};
  while (bounds.back() < 2048) bounds.push_back(bounds.back() + static_cast<std::int32_t>(length));
  return bounds;
}

// range: rows, in, out
template <Precision precision>
void linear(State& state) {
  if (!cpu_has(precision)) return state.SkipWithError("not on this CPU");
  const std::int64_t rows = state.range(0);
  const std::int64_t in = state.range(1);
  const std::int64_t out = state.range(2);
  const std::vector<float> weight = values(in * out);
  const std::vector<float> bias = values(out);
  const std::vector<float> x = values(rows * in);
  std::vector<float> y(rows * out);
  const Linear layer(weight, bias, precision);
  for (auto _ : state) layer.forward(x, y);
  count_flop(state, 2.0 * static_cast<double>(rows * in * out));
}
void linear_reference(State& state) {
  const std::int64_t rows = state.range(0);
  const std::int64_t in = state.range(1);
  const std::int64_t out = state.range(2);
  const std::vector<float> weight = values(in * out);
  const std::vector<float> bias = values(out);
  const std::vector<float> x = values(rows * in);
  std::vector<float> y(rows * out);
  for (auto _ : state) reference::linear_forward(weight, bias, in, x, y);
  count_flop(state, 2.0 * static_cast<double>(rows * in * out));
}
void weight_gradient(State& state) {
  if (!cpu_has(Precision::bf16)) return state.SkipWithError("not on this CPU");
  const std::int64_t rows = state.range(0);
  const std::int64_t in = state.range(1);
  const std::int64_t out = state.range(2);
  const std::vector<Bf16> x = narrow_values(rows * in);
  const std::vector<Bf16> d_y = narrow_values(rows * out);
  std::vector<float> d_weight(in * out);
  for (auto _ : state) add_weight_gradient(std::span<const Bf16>(d_y), std::span<const Bf16>(x), out, d_weight);
  count_flop(state, 2.0 * static_cast<double>(rows * in * out));
}

// range: tokens a text
void attention(State& state) {
  const std::vector<std::int32_t> bounds = bounds_of(state.range(0));
  const std::int64_t tokens = bounds.back();
  const std::vector<Bf16> qkv = narrow_values(tokens * 3 * kWidth);
  std::vector<Bf16> context(tokens * kWidth);
  for (auto _ : state) attention_forward(std::span<const Bf16>(qkv), bounds, kHeads, std::span<Bf16>(context));
  count_flop(state, 4.0 * static_cast<double>(tokens * state.range(0) * kWidth));
}
template <Backward mode>
void attention_back(State& state) {
  const std::vector<std::int32_t> bounds = bounds_of(state.range(0));
  const std::int64_t tokens = bounds.back();
  const std::vector<Bf16> qkv = narrow_values(tokens * 3 * kWidth);
  const std::vector<Bf16> d_context = narrow_values(tokens * kWidth);
  std::vector<Bf16> d_qkv(tokens * 3 * kWidth);
  for (auto _ : state) {
    attention_backward(mode, std::span<const Bf16>(qkv), bounds, kHeads, std::span<const Bf16>(d_context),
                       std::span<Bf16>(d_qkv));
  }
}
void attention_reference(State& state) {
  const std::vector<std::int32_t> bounds = bounds_of(state.range(0));
  const std::int64_t tokens = bounds.back();
  const std::vector<float> qkv = values(tokens * 3 * kWidth);
  std::vector<float> context(tokens * kWidth);
  for (auto _ : state) reference::attention_forward(qkv, bounds, kHeads, context);
  count_flop(state, 4.0 * static_cast<double>(tokens * state.range(0) * kWidth));
}

// range: rows
struct NormArguments {
  std::vector<float> scale = values(kWidth), shift = values(kWidth), residual, x, y, mean, rstd;
  LayerNormWeights weights{scale, shift, 1e-12F};
  explicit NormArguments(std::size_t rows)
      : residual(values(rows * kWidth)), x(values(rows * kWidth)), y(rows * kWidth), mean(rows), rstd(rows) {}
};
void layer_norm(State& state) {
  NormArguments a(state.range(0));
  for (auto _ : state) layer_norm_forward(a.weights, a.residual, a.x, a.y, a.mean, a.rstd);
  count_elements(state, a.x.size());
}
template <Backward mode>
void layer_norm_back(State& state) {
  NormArguments a(state.range(0));
  layer_norm_forward(a.weights, a.residual, a.x, a.y, a.mean, a.rstd);
  for (auto _ : state) layer_norm_backward(mode, a.weights, a.x, a.mean, a.rstd, a.residual, a.y);
  count_elements(state, a.x.size());
}
void layer_norm_reference(State& state) {
  NormArguments a(state.range(0));
  for (auto _ : state) reference::layer_norm_forward(a.weights, a.residual, a.x, a.y, a.mean, a.rstd);
  count_elements(state, a.x.size());
}

void gelu(State& state) {
  const std::vector<float> x = values(state.range(0) * 4 * kWidth);
  std::vector<float> y(x.size());
  for (auto _ : state) gelu_forward(x, y);
  count_elements(state, x.size());
}
void gelu_bf16(State& state) {
  const std::vector<Bf16> x = narrow_values(state.range(0) * 4 * kWidth);
  std::vector<Bf16> y(x.size());
  for (auto _ : state) gelu_forward(std::span<const Bf16>(x), std::span<Bf16>(y));
  count_elements(state, x.size());
}
void gelu_reference(State& state) {
  const std::vector<float> x = values(state.range(0) * 4 * kWidth);
  std::vector<float> y(x.size());
  for (auto _ : state) reference::gelu_forward(x, y);
  count_elements(state, x.size());
}

void dropout(State& state) {
  const std::vector<float> x = values(state.range(0) * kWidth);
  std::vector<float> out(x.size());
  for (auto _ : state) dropout_add({0.1F, 1}, x, x, out);
  count_elements(state, x.size());
}

void quantise(State& state) {
  const std::vector<float> x = values(state.range(0) * kWidth);
  std::vector<float> scales(state.range(0));
  std::vector<std::uint8_t> q(x.size());
  for (auto _ : state) quantise_rows(std::span<const float>(x), scales, q);
  count_elements(state, x.size());
}

void adamw(State& state) {
  const std::int64_t rows = state.range(0);
  std::vector<float> parameter = values(rows * kWidth);
  std::vector<float> m(parameter.size());
  std::vector<float> v(parameter.size());
  const std::vector<float> gradient = values(parameter.size());
  std::vector<std::int64_t> reached(rows);
  for (std::int64_t row = 0; row < rows; ++row) reached[row] = row;
  for (auto _ : state) {
    adamw_rows({1e-4F, 0.01F, 0.9F, 0.999F, 1e-8F, 0.1F, 0.001F}, kWidth, reached, gradient, parameter, m, v);
  }
  count_elements(state, parameter.size());
}

void layers(benchmark::internal::Benchmark* shapes) {
  for (const std::int64_t rows : {1, 53, 64, 512, 2048}) {
    shapes->Args({rows, kWidth, 3 * kWidth})->Args({rows, kWidth, 4 * kWidth})->Args({rows, 4 * kWidth, kWidth});
  }
}

BENCHMARK(linear<Precision::fp32>)->Apply(layers)->UseRealTime();
BENCHMARK(linear<Precision::bf16>)->Apply(layers)->UseRealTime();
BENCHMARK(linear<Precision::int8>)->Apply(layers)->UseRealTime();
BENCHMARK(linear_reference)->Args({53, kWidth, 3 * kWidth})->UseRealTime();
BENCHMARK(weight_gradient)->Args({1700, kWidth, 4 * kWidth})->Args({1700, 4 * kWidth, kWidth})->UseRealTime();
BENCHMARK(attention)->Arg(1)->Arg(16)->Arg(53)->Arg(128)->Arg(512)->UseRealTime();
BENCHMARK(attention_back<Backward::exact>)->Arg(53)->Arg(512)->UseRealTime();
BENCHMARK(attention_back<Backward::gradient>)->Arg(53)->Arg(512)->UseRealTime();
BENCHMARK(attention_reference)->Arg(53)->UseRealTime();
BENCHMARK(layer_norm)->Arg(64)->Arg(2048)->UseRealTime();
BENCHMARK(layer_norm_back<Backward::exact>)->Arg(2048)->UseRealTime();
BENCHMARK(layer_norm_back<Backward::gradient>)->Arg(2048)->UseRealTime();
BENCHMARK(layer_norm_reference)->Arg(2048)->UseRealTime();
BENCHMARK(gelu)->Arg(64)->Arg(2048)->UseRealTime();
BENCHMARK(gelu_bf16)->Arg(64)->Arg(2048)->UseRealTime();
BENCHMARK(gelu_reference)->Arg(2048)->UseRealTime();
BENCHMARK(dropout)->Arg(2048)->UseRealTime();
BENCHMARK(quantise)->Arg(64)->Arg(2048)->UseRealTime();
BENCHMARK(adamw)->Arg(2048)->UseRealTime();

}  // namespace
}  // namespace pellucid

BENCHMARK_MAIN();
