// One (text, head) of packed attention, in the best version for this CPU. Internal to attention.cpp.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <span>

#include "kernels/bf16.h"

namespace pellucid::attention {

using Size = std::ptrdiff_t;

// Rows of q, k and v of one head in one text, T float or Bf16; rows lie `stride` elements apart.
template <class T>
struct Task {
  const T* q;
  const T* k;
  const T* v;
  Size stride;
  Size n;
  Size head_size;
  float scale;                                     // 1 / √head_size
  const float* bias = nullptr;                     // bias[i − j] is added to the score of j for i; null: nothing
  Size window = std::numeric_limits<Size>::max();  // j sees i where |i − j| <= window
};

// A thread's working memory, handed out in pieces. Grown before a task begins, kept between tasks.
class Scratch {
 public:
  void reserve(Size n, Size head_size);  // enough for any task of this size
  float* take(Size floats);

 private:
  std::unique_ptr<float[]> memory_;
  Size capacity_ = 0;
  Size used_ = 0;
};

// d_bias [2 n − 1], for the distances from 1 − n, or null; with A fixed it is left alone.
template <class T>
struct Version {
  void (*forward)(const Task<T>&, Scratch&, T* context, Size context_stride, float* weights);
  void (*backward)(const Task<T>&, Scratch&, bool exact, const T* d_context, Size context_stride, T* d_q, T* d_k,
                   T* d_v, float* d_bias);
  void (*weight_gradient)(const Task<T>&, Scratch&, const T* d_context, Size context_stride, float* d_weights);
  void (*column_sum)(const Task<T>&, Scratch&, const float* g, float* a);
};

// What this CPU runs, best first. T: float, Bf16.
template <class T>
std::span<const Version<T>> versions();

}  // namespace pellucid::attention
