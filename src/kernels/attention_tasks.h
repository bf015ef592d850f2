// One (text, head) of packed attention, in the best version for this CPU. Internal to attention.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "kernels/bf16.h"

namespace pellucid::attention {

using Size = std::ptrdiff_t;

// Of kernels/disentangled.h, one head's columns. Rows lie `stride` apart.
struct Positions {
  const float* keys = nullptr;
  const float* queries = nullptr;
  Size stride = 0;
  const std::int32_t* rows = nullptr;  // rows[i − j]; null: none

  // The rows that a text of n tokens has distances for.
  Size first(Size n) const { return rows[n - 1]; }
  Size count(Size n) const { return rows == nullptr ? 0 : rows[1 - n] - rows[n - 1] + 1; }
};

// Rows of q, k and v of one head in one text, T float or Bf16; rows lie `stride` elements apart.
template <class T>
struct Task {
  const T* q;
  const T* k;
  const T* v;
  Size stride;
  Size n;
  Size head_size;
  float scale;                                     // of the scores
  const float* bias = nullptr;                     // bias[i − j] is added to the score of j for i; null: nothing
  Size window = std::numeric_limits<Size>::max();  // j sees i where |i − j| <= window
  Positions positions = {};
};

// A thread's working memory, handed out in pieces. Grown before a task begins, kept between tasks.
class Scratch {
 public:
  void reserve(Size n, Size head_size, Size positions = 0);  // enough for any task of this size
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
