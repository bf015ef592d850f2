// One (text, head) of packed attention, in the best version for this CPU. Internal to attention.cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace pellucid::attention {

using Size = std::ptrdiff_t;

// Rows of q, k and v of one head in one text; rows lie `stride` floats apart.
struct Task {
  const float* q;
  const float* k;
  const float* v;
  Size stride;
  Size n;
  Size head_size;
  float scale;  // 1 / √head_size
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

struct Version {
  void (*forward)(const Task&, Scratch&, float* context, Size context_stride, float* weights);
  void (*backward)(const Task&, Scratch&, bool exact, const float* d_context, Size context_stride, float* d_q,
                   float* d_k, float* d_v);
  void (*column_sum)(const Task&, Scratch&, const float* g, float* a);
};

// What this CPU runs, best first.
std::span<const Version> versions();

}  // namespace pellucid::attention
