#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "kernels/attention.h"

namespace pellucid::reference {
namespace {

using Size = std::int64_t;

struct Head {
  Size d, head_size, first, n, column;  // column: where the head begins in a row of context
  std::vector<double> a;                // A [n, n]
};

double at(std::span<const float> qkv, const Head& head, Size part, Size token, Size k) {
  return qkv[(head.first + token) * 3 * head.d + part * head.d + head.column + k];
}

// K_r or Q_r at the distance i − j; 0 where there are none.
double position(const RelativeBias& bias, std::span<const float> Disentangled::* table, const Head& head, Size distance,
                Size k) {
  const Disentangled& apart = bias.disentangled;
  if (apart.rows.empty()) return 0;
  return (apart.*table)[apart.rows[apart.reach + distance] * head.d + head.column + k];
}

double scale_of(const RelativeBias& bias, const Head& head) {
  return 1 / std::sqrt(static_cast<double>(bias.disentangled.rows.empty() ? head.head_size : 3 * head.head_size));
}

// Calls work(head, index of A in the order texts, heads) for each head of each text.
template <class Work>
void for_each_head(std::span<const float> qkv, std::span<const std::int32_t> bounds, Size heads,
                   const RelativeBias& bias, const Work& work) {
  Size offset = 0;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    for (Size h = 0; h < heads; ++h) {
      Head head;
      head.d = static_cast<Size>(qkv.size()) / bounds.back() / 3;
      head.head_size = head.d / heads;
      head.first = bounds[text];
      head.n = bounds[text + 1] - bounds[text];
      head.column = h * head.head_size;
      head.a.resize(head.n * head.n);
      for (Size j = 0; j < head.n; ++j) {
        double* row = head.a.data() + j * head.n;
        for (Size i = 0; i < head.n; ++i) {
          for (Size k = 0; k < head.head_size; ++k) row[i] += at(qkv, head, 0, j, k) * at(qkv, head, 1, i, k);
          for (Size k = 0; k < head.head_size; ++k) {
            row[i] += at(qkv, head, 0, j, k) * position(bias, &Disentangled::keys, head, i - j, k);
            row[i] += at(qkv, head, 1, i, k) * position(bias, &Disentangled::queries, head, i - j, k);
          }
          row[i] *= scale_of(bias, head);
          if (!bias.values.empty()) row[i] += bias.values[h * (2 * bias.reach + 1) + bias.reach + i - j];
          if (std::abs(i - j) > bias.window) row[i] = -std::numeric_limits<double>::infinity();
        }
        const double max = *std::max_element(row, row + head.n);
        double sum = 0;
        for (Size i = 0; i < head.n; ++i) sum += row[i] = std::exp(row[i] - max);
        for (Size i = 0; i < head.n; ++i) row[i] /= sum;
      }
      work(head, offset);
      offset += head.n * head.n;
    }
  }
}

}  // namespace

void attention_forward(std::span<const float> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                       std::span<float> context, std::span<float> weights, const RelativeBias& bias) {
  for_each_head(qkv, bounds, heads, bias, [&](const Head& head, Size offset) {
    for (Size j = 0; j < head.n; ++j) {
      for (Size k = 0; k < head.head_size; ++k) {
        double sum = 0;
        for (Size i = 0; i < head.n; ++i) sum += head.a[j * head.n + i] * at(qkv, head, 2, i, k);
        context[(head.first + j) * head.d + head.column + k] = static_cast<float>(sum);
      }
    }
    if (!weights.empty()) std::copy(head.a.begin(), head.a.end(), weights.begin() + offset);
  });
}

void attention_backward(Backward mode, std::span<const float> qkv, std::span<const std::int32_t> bounds,
                        std::int64_t heads, std::span<const float> d_context, std::span<float> d_qkv,
                        const RelativeBias& bias, std::span<float> d_bias) {
  for_each_head(qkv, bounds, heads, bias, [&](const Head& head, Size) {
    const Size n = head.n;
    const auto d_out = [&](Size j, Size k) { return d_context[(head.first + j) * head.d + head.column + k]; };
    const auto set = [&](Size part, Size token, Size k, double value) {
      d_qkv[(head.first + token) * 3 * head.d + part * head.d + head.column + k] = static_cast<float>(value);
    };
    std::vector<double> d_scores(n * n, 0.0);  // stays 0 with A fixed
    if (mode == Backward::gradient) {
      for (Size j = 0; j < n; ++j) {
        std::vector<double> d_a(n, 0.0);
        double mean = 0;
        for (Size i = 0; i < n; ++i) {
          for (Size k = 0; k < head.head_size; ++k) d_a[i] += d_out(j, k) * at(qkv, head, 2, i, k);
          mean += head.a[j * n + i] * d_a[i];
        }
        for (Size i = 0; i < n; ++i) {
          const double d_score = head.a[j * n + i] * (d_a[i] - mean);
          d_scores[j * n + i] = d_score * scale_of(bias, head);
          if (d_bias.empty()) continue;
          d_bias[head.column / head.head_size * (2 * bias.reach + 1) + bias.reach + i - j] +=
              static_cast<float>(d_score);
        }
      }
    }
    for (Size i = 0; i < n; ++i) {
      for (Size k = 0; k < head.head_size; ++k) {
        double d_q = 0;
        double d_k = 0;
        double d_v = 0;
        for (Size j = 0; j < n; ++j) {
          d_q += d_scores[i * n + j] * (at(qkv, head, 1, j, k) + position(bias, &Disentangled::keys, head, j - i, k));
          d_k +=
              d_scores[j * n + i] * (at(qkv, head, 0, j, k) + position(bias, &Disentangled::queries, head, i - j, k));
          d_v += head.a[j * n + i] * d_out(j, k);
        }
        set(0, i, k, d_q);
        set(1, i, k, d_k);
        set(2, i, k, d_v);
      }
    }
  });
}

void attention_weight_gradient(std::span<const float> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                               std::span<const float> d_context, std::span<float> d_weights) {
  for_each_head(qkv, bounds, heads, {}, [&](const Head& head, Size offset) {
    for (Size j = 0; j < head.n; ++j) {
      for (Size i = 0; i < head.n; ++i) {
        double sum = 0;
        for (Size k = 0; k < head.head_size; ++k) {
          sum += d_context[(head.first + j) * head.d + head.column + k] * at(qkv, head, 2, i, k);
        }
        d_weights[offset + j * head.n + i] = static_cast<float>(sum);
      }
    }
  });
}

void attention_column_sum(std::span<const float> qkv, std::span<const std::int32_t> bounds, std::int64_t heads,
                          std::span<const float> g, std::span<float> a) {
  std::vector<double> sums(g.size(), 0.0);
  for_each_head(qkv, bounds, heads, {}, [&](const Head& head, Size) {
    for (Size j = 0; j < head.n; ++j) {
      for (Size i = 0; i < head.n; ++i) sums[head.first + i] += head.a[j * head.n + i] * g[head.first + j];
    }
  });
  std::copy(sums.begin(), sums.end(), a.begin());
}

}  // namespace pellucid::reference
