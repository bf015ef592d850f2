#include "kernels/attention_tasks.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace pellucid::attention {
namespace {

constexpr Size kLine = 16;  // floats in a cache line

Size in_lines(Size floats) {
  return (floats + kLine - 1) / kLine * kLine;
}

// Tiles of kRows × 2 vectors: as many accumulators as the registers of the instruction set hold.
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
namespace v4 {
constexpr Size kLanes = 16;
constexpr Size kRows = 8;
#include "kernels/attention_tasks.inl"
}  // namespace v4
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
namespace v3 {
constexpr Size kLanes = 8;
constexpr Size kRows = 6;
#include "kernels/attention_tasks.inl"
}  // namespace v3
#pragma GCC pop_options

namespace baseline {
constexpr Size kLanes = 4;
constexpr Size kRows = 6;
#include "kernels/attention_tasks.inl"
}  // namespace baseline

template <class T>
constexpr Version<T> kVersions[] = {
    {v4::forward<T>, v4::backward<T>, v4::weight_gradient<T>, v4::column_sum<T>},
    {v3::forward<T>, v3::backward<T>, v3::weight_gradient<T>, v3::column_sum<T>},
    {baseline::forward<T>, baseline::backward<T>, baseline::weight_gradient<T>, baseline::column_sum<T>}};

}  // namespace

void Scratch::reserve(Size n, Size head_size, Size positions) {
  const Size width = in_lines(n);
  const Size head_width = in_lines(head_size);
  // The gradient task takes most: E and d_S; two transposed operands; five blocks of rows; sums.
  Size needed =
      2 * in_lines(n * width) + 2 * in_lines(head_size * width) + 5 * in_lines(n * head_width) + 2 * width + kLine;
  // Tables transposed, one in rows; products with q and k and their gradients.
  const Size rows = in_lines(positions);
  needed += 2 * in_lines(head_size * rows) + in_lines(positions * head_width) + 4 * in_lines(n * rows) +
            in_lines(n * head_width);
  if (needed > capacity_) {
    memory_.reset();  // what it holds is done with
    capacity_ = 0;
    memory_ = std::make_unique_for_overwrite<float[]>(needed);
    capacity_ = needed;
  }
  const auto misplaced = reinterpret_cast<std::uintptr_t>(memory_.get()) / sizeof(float) % kLine;
  used_ = static_cast<Size>((kLine - misplaced) % kLine);
}

float* Scratch::take(Size floats) {
  float* piece = memory_.get() + used_;
  used_ += in_lines(floats);
  return piece;
}

template <class T>
std::span<const Version<T>> versions() {
  const std::span<const Version<T>> all(kVersions<T>);
#ifndef PELLUCID_PORTABLE
  if (__builtin_cpu_supports("x86-64-v4")) return all;
  if (__builtin_cpu_supports("x86-64-v3")) return all.subspan(1);
#endif
  return all.subspan(2);
}
template std::span<const Version<float>> versions();
template std::span<const Version<Bf16>> versions();

}  // namespace pellucid::attention
