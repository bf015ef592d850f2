#include "kernels/selective_scan.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "kernels/exponential.h"

namespace pellucid {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kLanes = 64;   // channels that go through a text side by side; the last ones are padded with zeros
constexpr Size kGroup = 128;  // channels a task: so many columns of B's and C's gradients are summed by one thread

struct Sizes {
  Size tokens, d, state;

  explicit Sizes(const SelectiveScan<float>& scan)
      : tokens(std::ssize(scan.x) / std::ssize(scan.skip)),
        d(std::ssize(scan.skip)),
        state(std::ssize(scan.a) / std::ssize(scan.skip)) {}
};

// Some channels of the scan, [first, first + width), through one text.
struct Task {
  SelectiveScan<float> scan;
  Sizes sizes;
  TextRows rows;
  Size first, width;
};

// A thread's working memory; the numbers of kLanes channels lie side by side.
struct Scratch {
  std::vector<float> a;       // [N, kLanes]
  std::vector<float> h;       // [n + 1, N, kLanes]: the states before the first token and after each
  std::vector<float> decay;   // [n, N, kLanes]: exp(Δ A)
  std::vector<float> later;   // [N, kLanes]: ∂f/∂h_t through the tokens read after t
  std::vector<float> d_a;     // [N, kLanes]
  std::vector<float> d_skip;  // [kLanes]

  // `all_states`: for the way back. Everything that is accumulated begins at 0.
  void prepare(const Task& task, bool all_states) {
    const Size one = task.sizes.state * kLanes;
    a.assign(one, 0);
    for (Size k = 0; k < task.width; ++k) {
      for (Size n = 0; n < task.sizes.state; ++n)
        a[n * kLanes + k] = task.scan.a[(task.first + k) * task.sizes.state + n];
    }
    h.resize(std::max<Size>(std::ssize(h), all_states ? (task.rows.size() + 1) * one : one));
    std::fill_n(h.begin(), one, 0.0F);
    if (!all_states) return;
    decay.resize(std::max<Size>(std::ssize(decay), task.rows.size() * one));
    later.assign(one, 0);
    d_a.assign(one, 0);
    d_skip.assign(kLanes, 0);
  }
};

// By registers where all lanes are in use: a call of memmove costs more than these few numbers' arithmetic.
[[gnu::always_inline]] inline void copy_lanes(const float* from, Size width, float* to) {
  if (width == kLanes) {
    std::memcpy(to, from, kLanes * sizeof(float));
  } else {
    std::copy_n(from, width, to);
  }
}

// A row's values of the task's channels.
struct Lanes {
  alignas(64) float values[kLanes] = {};

  Lanes() = default;
  [[gnu::always_inline]] Lanes(const float* row, Size width) { copy_lanes(row, width, values); }
};

// What a token brings: x, its step before softplus, Δ, and what the states take of it, Δ x.
struct Arrival {
  Lanes x, step, delta, taken;

  [[gnu::always_inline]] Arrival(const Task& task, Size t)
      : x(task.scan.x.data() + t * task.sizes.d + task.first, task.width),
        step(task.scan.step.data() + t * task.sizes.d + task.first, task.width) {
#pragma omp simd
    for (Size k = 0; k < kLanes; ++k) {
      delta.values[k] = softplus(step.values[k]);
      taken.values[k] = delta.values[k] * x.values[k];
    }
  }
};

// One token: h [N, kLanes] goes on to `next`, which may be h; decay, unless null, is kept; y += ⟨C, next⟩.
inline void advance(Size state, const float* delta, const float* taken, const float* a, const float* b, const float* c,
                    const float* h, float* next, float* decay, float* y) {
  for (Size n = 0; n < state; ++n) {
    const float b_n = b[n];
    const float c_n = c[n];
    const Size at = n * kLanes;
    if (decay != nullptr) {
#pragma omp simd
      for (Size k = 0; k < kLanes; ++k) {
        const float factor = exp_of(delta[k] * a[at + k]);
        decay[at + k] = factor;
        next[at + k] = factor * h[at + k] + taken[k] * b_n;
      }
    } else {
#pragma omp simd
      for (Size k = 0; k < kLanes; ++k) {
        const float value = exp_of(delta[k] * a[at + k]) * h[at + k] + taken[k] * b_n;
        next[at + k] = value;
        y[k] += value * c_n;
      }
    }
  }
}

PELLUCID_CLONES void forward_task(const Task& task, Scratch& scratch, float* y) {
  const Size d = task.sizes.d;
  const Size state = task.sizes.state;
  const Lanes skip(task.scan.skip.data() + task.first, task.width);
  for (Size i = 0; i < task.rows.size(); ++i) {
    const Size t = task.rows.row(i);
    const Arrival token(task, t);
    Lanes sum;
#pragma omp simd
    for (Size k = 0; k < kLanes; ++k) sum.values[k] = skip.values[k] * token.x.values[k];
    advance(state, token.delta.values, token.taken.values, scratch.a.data(), task.scan.b.data() + t * state,
            task.scan.c.data() + t * state, scratch.h.data(), scratch.h.data(), nullptr, sum.values);
    copy_lanes(sum.values, task.width, y + t * d + task.first);
  }
}

// d_b, d_c [T, N] of the task's group of channels: += over its tasks.
PELLUCID_CLONES void backward_task(const Task& task, Scratch& scratch, const float* d_y,
                                   const SelectiveScanGradients<float>& out, float* d_b, float* d_c) {
  const Size d = task.sizes.d;
  const Size state = task.sizes.state;
  const Size one = state * kLanes;
  const Lanes skip(task.scan.skip.data() + task.first, task.width);
  for (Size i = 0; i < task.rows.size(); ++i) {
    const Size t = task.rows.row(i);
    const Arrival token(task, t);
    advance(state, token.delta.values, token.taken.values, scratch.a.data(), task.scan.b.data() + t * state,
            task.scan.c.data() + t * state, scratch.h.data() + i * one, scratch.h.data() + (i + 1) * one,
            scratch.decay.data() + i * one, nullptr);
  }
  for (Size i = task.rows.size() - 1; i >= 0; --i) {
    const Size t = task.rows.row(i);
    const Arrival token(task, t);
    const Lanes d_out(d_y + t * d + task.first, task.width);
    Lanes d_delta;
    Lanes d_taken;
    for (Size n = 0; n < state; ++n) {
      const float b_n = task.scan.b[t * state + n];
      const float c_n = task.scan.c[t * state + n];
      const float* a = scratch.a.data() + n * kLanes;
      const float* before = scratch.h.data() + i * one + n * kLanes;
      const float* after = before + one;
      const float* decay = scratch.decay.data() + i * one + n * kLanes;
      float* later = scratch.later.data() + n * kLanes;
      float* d_a = scratch.d_a.data() + n * kLanes;
      float sum_b = 0;
      float sum_c = 0;
#pragma omp simd reduction(+ : sum_b, sum_c)
      for (Size k = 0; k < kLanes; ++k) {
        const float d_h = later[k] + d_out.values[k] * c_n;
        const float kept = d_h * decay[k];
        const float d_exponent = kept * before[k];  // ∂f/∂(Δ A)
        sum_b += d_h * token.taken.values[k];
        sum_c += d_out.values[k] * after[k];
        d_taken.values[k] += d_h * b_n;
        d_delta.values[k] += d_exponent * a[k];
        d_a[k] += d_exponent * token.delta.values[k];
        later[k] = kept;
      }
      d_b[t * state + n] += sum_b;
      d_c[t * state + n] += sum_c;
    }
    Lanes d_x;
    Lanes d_step;
#pragma omp simd
    for (Size k = 0; k < kLanes; ++k) {
      d_x.values[k] = d_taken.values[k] * token.delta.values[k] + skip.values[k] * d_out.values[k];
      d_step.values[k] = (d_delta.values[k] + d_taken.values[k] * token.x.values[k]) * sigmoid(token.step.values[k]);
      scratch.d_skip[k] += d_out.values[k] * token.x.values[k];
    }
    copy_lanes(d_x.values, task.width, out.x.data() + t * d + task.first);
    copy_lanes(d_step.values, task.width, out.step.data() + t * d + task.first);
  }
}

// Calls work(task, scratch, text, group) for every text and every kLanes channels; those of a group in their order,
// in one thread.
template <class Work>
void for_each_task(const SelectiveScan<float>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                   const Work& work) {
  const Sizes sizes(scan);
  const Size texts = std::ssize(bounds) - 1;
  const Size groups = (sizes.d + kGroup - 1) / kGroup;
  parallel_for(texts * groups, Shared::as_free, [&](Size index) {
    thread_local Scratch scratch;
    const Size text = index / groups;
    const Size group = index % groups;
    const Size end = std::min((group + 1) * kGroup, sizes.d);
    for (Size first = group * kGroup; first < end; first += kLanes) {
      const Task task{scan, sizes, {bounds[text], bounds[text + 1], order}, first, std::min(kLanes, end - first)};
      if (task.rows.size() > 0) work(task, scratch, text, group);
    }
  });
}

// to[i] += parts[0][i] + parts[1][i] + …, in this order. parts [count, to.size()]
void add_parts(std::span<const float> parts, std::span<float> to) {
  constexpr Size kBlock = 1 << 12;
  for_each_block(std::ssize(to), kBlock, [&](Size begin, Size end) {
    for (Size first = 0; first < std::ssize(parts); first += std::ssize(to)) {
      for (Size i = begin; i < end; ++i) to[i] += parts[first + i];
    }
  });
}

}  // namespace

void selective_scan_forward(const SelectiveScan<float>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                            std::span<float> y) {
  for_each_task(scan, bounds, order, [&](const Task& task, Scratch& scratch, Size, Size) {
    scratch.prepare(task, /*all_states=*/false);
    forward_task(task, scratch, y.data());
  });
}

void selective_scan_backward(const SelectiveScan<float>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                             std::span<const float> d_y, const SelectiveScanGradients<float>& gradients) {
  const Sizes sizes(scan);
  const Size texts = std::ssize(bounds) - 1;
  const Size groups = (sizes.d + kGroup - 1) / kGroup;
  const Size rows = sizes.tokens * sizes.state;
  // Sums over channels by group, sums over texts by text: added up afterwards in a fixed order.
  std::vector<float> d_b(groups * rows);
  std::vector<float> d_c(groups * rows);
  std::vector<float> d_a(texts * std::ssize(scan.a));
  std::vector<float> d_skip(texts * sizes.d);
  for_each_task(scan, bounds, order, [&](const Task& task, Scratch& scratch, Size text, Size group) {
    scratch.prepare(task, /*all_states=*/true);
    backward_task(task, scratch, d_y.data(), gradients, d_b.data() + group * rows, d_c.data() + group * rows);
    for (Size k = 0; k < task.width; ++k) {
      const Size channel = text * sizes.d + task.first + k;
      for (Size n = 0; n < sizes.state; ++n) d_a[channel * sizes.state + n] = scratch.d_a[n * kLanes + k];
      d_skip[channel] = scratch.d_skip[k];
    }
  });
  std::ranges::fill(gradients.b, 0.0F);
  std::ranges::fill(gradients.c, 0.0F);
  add_parts(d_b, gradients.b);
  add_parts(d_c, gradients.c);
  add_parts(d_a, gradients.a);
  add_parts(d_skip, gradients.skip);
}

}  // namespace pellucid
