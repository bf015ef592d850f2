#include <algorithm>
#include <cmath>

#include "runtime/heads.h"

namespace pellucid {
namespace {

// How many of a text's tokens, from the first on, h is the mean of.
std::size_t pooled_tokens(const PoolerHead& head, std::span<const std::int32_t> bounds, std::size_t text) {
  return head.pooling == Pooling::first ? 1 : static_cast<std::size_t>(bounds[text + 1] - bounds[text]);
}

// h of rows [T, d]. [B, d]
Buffer pool(const PoolerHead& head, std::span<const float> rows, std::size_t d, std::span<const std::int32_t> bounds) {
  Buffer pooled((bounds.size() - 1) * d);
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const std::size_t n = pooled_tokens(head, bounds, text);
    const float* first = rows.data() + bounds[text] * d;
    for (std::size_t k = 0; k < d; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += first[i * d + k];
      pooled[text * d + k] = static_cast<float>(sum / static_cast<double>(n));
    }
  }
  return pooled;
}

// Its adjoint: d at h [B, d] to the rows. [T, d]
Buffer spread(const PoolerHead& head, std::span<const float> d_pooled, std::span<const std::int32_t> bounds) {
  const std::size_t d = d_pooled.size() / (bounds.size() - 1);
  Buffer rows(static_cast<std::size_t>(bounds.back()) * d);
  std::ranges::fill(rows, 0.0F);
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const std::size_t n = pooled_tokens(head, bounds, text);
    for (std::size_t i = 0; i < n * d; ++i) {
      rows[bounds[text] * d + i] = d_pooled[text * d + i % d] / static_cast<float>(n);
    }
  }
  return rows;
}

// ⟨a, b⟩ over rows of one width.
double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a[k]) * b[k];
  return sum;
}

// pooled [B, d] W_c, and b_c where biases are added. [B, C]
std::vector<float> class_logits(const ClassWeights& classifier, std::span<const float> pooled, Biases biases) {
  const std::size_t classes = classifier.bias.size();
  const std::size_t d = classifier.weight.size() / classes;
  std::vector<float> logits;
  for (std::size_t row = 0; row < pooled.size(); row += d) {
    for (std::size_t c = 0; c < classes; ++c) {
      double z = biases == Biases::added ? classifier.bias[c] : 0;
      for (std::size_t k = 0; k < d; ++k) z += static_cast<double>(pooled[row + k]) * classifier.weight[c * d + k];
      logits.push_back(static_cast<float>(z));
    }
  }
  return logits;
}

float distribution(float x) {
  return 0.5F * std::erfc(-x * static_cast<float>(M_SQRT1_2));
}

float value_of(HeadActivation activation, float x) {
  switch (activation) {
    case HeadActivation::tanh: return std::tanh(x);
    case HeadActivation::relu: return std::max(x, 0.0F);
    case HeadActivation::gelu: return x * distribution(x);
  }
  return x;
}

// φ(x)/x
float gate(HeadActivation activation, float x) {
  switch (activation) {
    case HeadActivation::tanh: return x == 0 ? 1.0F : std::tanh(x) / x;
    case HeadActivation::relu: return x > 0 ? 1.0F : 0.0F;
    case HeadActivation::gelu: return distribution(x);
  }
  return 1;
}

// φ'(x)
float slope_of(HeadActivation activation, float x) {
  switch (activation) {
    case HeadActivation::tanh: return 1 - std::tanh(x) * std::tanh(x);
    case HeadActivation::relu: return x > 0 ? 1.0F : 0.0F;
    case HeadActivation::gelu:
      return distribution(x) + x * std::exp(-0.5F * x * x) / static_cast<float>(std::sqrt(2 * M_PI));
  }
  return 1;
}

}  // namespace

std::vector<float> pooler_head_readout(const PoolerHead& head, std::span<const std::int32_t> bounds) {
  std::vector<float> readout(static_cast<std::size_t>(bounds.back()));
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const std::size_t n = pooled_tokens(head, bounds, text);
    std::fill_n(readout.begin() + bounds[text], n, 1.0F / static_cast<float>(n));
  }
  return readout;
}

void pooler_head_forward(const PoolerHead& head, std::span<const float> hidden, std::span<const std::int32_t> bounds,
                         PoolerHeadPass& pass) {
  const std::size_t d = head.classifier.weight.size() / head.classifier.bias.size();
  const std::size_t texts = bounds.size() - 1;
  pass = {Buffer(texts * d), Buffer(texts * d), Buffer(texts), Buffer(texts), Buffer(texts * d), {}};
  head.dense.forward(pool(head, hidden, d, bounds), pass.dense);
  std::ranges::transform(pass.dense, pass.activated.begin(), [&](float x) { return value_of(head.activation, x); });
  if (head.norm) {
    layer_norm_forward(*head.norm, {}, pass.activated, pass.pooled, pass.mean, pass.rstd);
  } else {
    std::ranges::copy(pass.activated, pass.pooled.begin());
  }
  pass.logits = class_logits(head.classifier, pass.pooled, Biases::added);
}

Buffer pooler_head_backward(const PoolerHead& head, const PoolerHeadPass& pass, Backward mode,
                            std::span<const float> functionals, std::span<const std::int32_t> bounds,
                            std::span<double> bias) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t d = head.classifier.weight.size() / classes;
  const std::size_t texts = bounds.size() - 1;
  const bool exact = mode == Backward::exact;
  Buffer d_rows(texts * d);
  const auto row_of = [&](std::size_t text) { return std::span(d_rows).subspan(text * d, d); };
  const auto owe = [&](std::size_t text, double owed) {
    if (exact) bias[static_cast<std::size_t>(bounds[text])] += owed;
  };
  for (std::size_t text = 0; text < texts; ++text) {
    const std::span<float> d_pooled = row_of(text);
    const std::span<const float> functional = functionals.subspan(text * classes, classes);
    std::ranges::fill(d_pooled, 0.0F);
    for (std::size_t c = 0; c < classes; ++c) {
      for (std::size_t k = 0; k < d; ++k) d_pooled[k] += functional[c] * head.classifier.weight[c * d + k];
    }
    owe(text, dot(functional, head.classifier.bias));
    if (head.norm) owe(text, dot(d_pooled, head.norm->shift));
  }
  if (head.norm) layer_norm_backward(mode, *head.norm, pass.activated, pass.mean, pass.rstd, d_rows, d_rows);
  for (std::size_t i = 0; i < d_rows.size(); ++i) {
    const float x = pass.dense[i];
    d_rows[i] *= exact ? gate(head.activation, x) : slope_of(head.activation, x);
  }
  for (std::size_t text = 0; text < texts; ++text) owe(text, dot(row_of(text), head.dense.bias()));
  Buffer d_pooled(texts * d);
  head.dense.backward(d_rows, d_pooled);
  return spread(head, d_pooled, bounds);
}

std::vector<float> pooler_head_stream(const PoolerHead& head, const PoolerHeadPass& pass, std::span<const float> s,
                                      std::span<const std::int32_t> bounds, Biases biases) {
  const std::size_t d = head.classifier.weight.size() / head.classifier.bias.size();
  const Buffer pooled = pool(head, s, d, bounds);
  Buffer rows(pooled.size());
  if (biases == Biases::added) {
    head.dense.forward(pooled, rows);
  } else {
    head.dense.linear(pooled, rows);
  }
  for (std::size_t k = 0; k < rows.size(); ++k) rows[k] *= gate(head.activation, pass.dense[k]);
  if (head.norm) pass_gate(*head.norm, biases, pass.rstd, rows, rows);
  return class_logits(head.classifier, rows, biases);
}

}  // namespace pellucid
