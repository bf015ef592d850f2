#include "kernels/attention.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/attention_tasks.h"
#include "kernels/parallel.h"

namespace pellucid {
namespace {

using attention::Scratch;
using attention::Size;
using attention::Task;

// Those of the head whose columns begin at `column`.
attention::Positions positions_of(const Disentangled& apart, Size d, Size column) {
  if (apart.rows.empty()) return {};
  return {apart.keys.data() + column, apart.queries.data() + column, d, apart.centre()};
}

// One for all kinds of tasks: in for_each_head each kind would have, and keep, its own.
Scratch& scratch_of_thread() {
  thread_local Scratch scratch;
  return scratch;
}

// Calls work(task, scratch, text, head, first row of the text) for every text and head. Each call
// writes what no other does, so the order of tasks cannot change the result.
template <class T, class Work>
void for_each_head(std::span<const T> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                   const RelativeBias& bias, const Work& work) {
  const auto texts = static_cast<Size>(bounds.size()) - 1;
  const Size tokens = texts < 1 ? 0 : bounds.back();
  if (tokens == 0) return;
  const Size d = static_cast<Size>(qkv.size()) / tokens / 3;
  const Size head_size = d / heads;
  const Disentangled& apart = bias.disentangled;
  const float scale = 1.0F / std::sqrt(static_cast<float>(apart.rows.empty() ? head_size : 3 * head_size));
  // Heads of one text in one thread as long as there is enough for all: they share cache lines and pages.
  const Size chunk = std::clamp<Size>(texts * heads / (Size{8} * omp_get_max_threads()), 1, heads);
  const auto one_head = [&](Size index) {
    Scratch& scratch = scratch_of_thread();
    const Size text = index / heads;
    const Size head = index % heads;
    const Size first = bounds[text];
    const T* q = qkv.data() + first * 3 * d + head * head_size;
    const Task<T> task{q,
                       q + d,
                       q + 2 * d,
                       3 * d,
                       bounds[text + 1] - first,
                       head_size,
                       scale,
                       bias.centre(head),
                       std::min<Size>(bias.window, bounds[text + 1] - first),
                       positions_of(apart, d, head * head_size)};
    if (task.n == 0) return;
    scratch.reserve(task.n, head_size, task.positions.count(task.n));
    work(task, scratch, text, head, first);
  };
  parallel_for(texts * heads, Shared::as_free, one_head, chunk);
}

// Where each text begins, with `size(n)` numbers for one of n tokens.
template <class SizeOf>
std::vector<Size> offsets_of(std::span<const std::int32_t> bounds, const SizeOf& size) {
  std::vector<Size> offsets(bounds.size(), 0);
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    offsets[text + 1] = offsets[text] + size(Size{bounds[text + 1] - bounds[text]});
  }
  return offsets;
}
// [heads, n, n]
std::vector<Size> weight_offsets(std::span<const std::int32_t> bounds, std::int64_t heads) {
  return offsets_of(bounds, [&](Size n) { return heads * n * n; });
}
// [heads, 2 n − 1]
std::vector<Size> distance_offsets(std::span<const std::int32_t> bounds, std::int64_t heads) {
  return offsets_of(bounds, [&](Size n) { return n == 0 ? Size{0} : heads * (2 * n - 1); });
}

}  // namespace

void attention_forward(const ConstActivations& qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                       const Activations& context, std::span<float> weights, const RelativeBias& bias) {
  const std::vector<Size> offsets = weights.empty() ? std::vector<Size>() : weight_offsets(bounds, heads);
  std::visit(
      [&]<class T>(std::span<const T> rows) {
        T* mixed = std::get<std::span<T>>(context).data();
        const auto& version = attention::versions<T>().front();
        for_each_head(rows, bounds, heads, bias,
                      [&](const Task<T>& task, Scratch& scratch, Size text, Size head, Size first) {
                        const Size d = task.stride / 3;
                        float* a = weights.empty() ? nullptr : weights.data() + offsets[text] + head * task.n * task.n;
                        version.forward(task, scratch, mixed + first * d + head * task.head_size, d, a);
                      });
      },
      qkv);
}

void attention_backward(Backward mode, const ConstActivations& qkv, std::span<const std::int32_t> bounds,
                        std::int64_t heads, const ConstActivations& d_context, const Activations& d_qkv,
                        const RelativeBias& bias, std::span<float> d_bias) {
  // Of each text and head on its own, then summed in their order.
  const bool bias_too = mode == Backward::gradient && !d_bias.empty();
  const std::vector<Size> offsets = bias_too ? distance_offsets(bounds, heads) : std::vector<Size>();
  std::vector<float> d_distances(bias_too ? offsets.back() : 0);
  std::visit(
      [&]<class T>(std::span<const T> rows) {
        const T* d_mixed = std::get<std::span<const T>>(d_context).data();
        T* d_rows = std::get<std::span<T>>(d_qkv).data();
        const auto& version = attention::versions<T>().front();
        for_each_head(
            rows, bounds, heads, bias, [&](const Task<T>& task, Scratch& scratch, Size text, Size head, Size first) {
              const Size d = task.stride / 3;
              T* d_q = d_rows + first * 3 * d + head * task.head_size;
              float* own = bias_too ? d_distances.data() + offsets[text] + head * (2 * task.n - 1) : nullptr;
              version.backward(task, scratch, mode == Backward::exact, d_mixed + first * d + head * task.head_size, d,
                               d_q, d_q + d, d_q + 2 * d, own);
            });
      },
      qkv);
  if (!bias_too) return;
  for (Size text = 0; text + 1 < std::ssize(bounds); ++text) {
    const Size n = bounds[text + 1] - bounds[text];
    if (n == 0) continue;
    for (Size head = 0; head < heads; ++head) {
      const float* own = d_distances.data() + offsets[text] + head * (2 * n - 1);
      float* sums = d_bias.data() + head * (2 * bias.reach + 1) + bias.reach - (n - 1);
      for (Size k = 0; k < 2 * n - 1; ++k) sums[k] += own[k];
    }
  }
}

void attention_weight_gradient(const ConstActivations& qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                               const ConstActivations& d_context, std::span<float> d_weights) {
  const std::vector<Size> offsets = weight_offsets(bounds, heads);
  std::visit(
      [&]<class T>(std::span<const T> rows) {
        const T* d_mixed = std::get<std::span<const T>>(d_context).data();
        const auto& version = attention::versions<T>().front();
        for_each_head(rows, bounds, heads, {},
                      [&](const Task<T>& task, Scratch& scratch, Size text, Size head, Size first) {
                        const Size d = task.stride / 3;
                        version.weight_gradient(task, scratch, d_mixed + first * d + head * task.head_size, d,
                                                d_weights.data() + offsets[text] + head * task.n * task.n);
                      });
      },
      qkv);
}

void attention_column_sum(const ConstActivations& qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                          std::span<const float> g, std::span<float> a) {
  const auto tokens = static_cast<Size>(g.size());
  std::vector<float> by_head(heads * tokens);  // [heads, T], summed below in the order of heads
  std::visit(
      [&]<class T>(std::span<const T> rows) {
        const auto& version = attention::versions<T>().front();
        for_each_head(rows, bounds, heads, {}, [&](const Task<T>& task, Scratch& scratch, Size, Size head, Size first) {
          version.column_sum(task, scratch, g.data() + first, by_head.data() + head * tokens + first);
        });
      },
      qkv);
  for (Size i = 0; i < tokens; ++i) {
    float sum = 0;
    for (Size head = 0; head < heads; ++head) sum += by_head[head * tokens + i];
    a[i] = sum;
  }
}

}  // namespace pellucid
