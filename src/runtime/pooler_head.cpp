#include <algorithm>
#include <cmath>

#include "runtime/heads.h"

namespace pellucid {
namespace {

// Each text's first row. [B, d]
Buffer first_tokens(std::span<const float> rows, std::size_t d, std::span<const std::int32_t> bounds) {
  Buffer first((bounds.size() - 1) * d);
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    std::copy_n(rows.begin() + bounds[text] * d, d, first.begin() + text * d);
  }
  return first;
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

void pooler_head_forward(const PoolerHead& head, std::span<const float> hidden, std::span<const std::int32_t> bounds,
                         PoolerHeadPass& pass) {
  const std::size_t d = head.classifier.weight.size() / head.classifier.bias.size();
  const std::size_t texts = bounds.size() - 1;
  const Buffer first = first_tokens(hidden, d, bounds);  // H_[CLS]
  pass.dense = Buffer(texts * d);
  pass.pooled = Buffer(texts * d);
  head.dense.forward(first, pass.dense);
  std::ranges::transform(pass.dense, pass.pooled.begin(), [&](float x) { return value_of(head.activation, x); });
  pass.logits = class_logits(head.classifier, pass.pooled, Biases::added);
}

Buffer pooler_head_backward(const PoolerHead& head, const PoolerHeadPass& pass, Backward mode,
                            std::span<const float> functionals, std::span<const std::int32_t> bounds,
                            std::span<double> bias) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t d = head.classifier.weight.size() / classes;
  const std::size_t texts = bounds.size() - 1;
  const bool exact = mode == Backward::exact;
  Buffer d_dense(texts * d);
  for (std::size_t text = 0; text < texts; ++text) {
    double owed = 0;
    for (std::size_t k = 0; k < d; ++k) {
      float d_pooled = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        d_pooled += functionals[text * classes + c] * head.classifier.weight[c * d + k];
      }
      const float x = pass.dense[text * d + k];
      const float slope = exact ? gate(head.activation, x) : slope_of(head.activation, x);
      d_dense[text * d + k] = slope * d_pooled;
      owed += static_cast<double>(slope * d_pooled) * head.dense.bias()[k];
    }
    for (std::size_t c = 0; c < classes; ++c) {
      owed += static_cast<double>(functionals[text * classes + c]) * head.classifier.bias[c];
    }
    if (exact) bias[static_cast<std::size_t>(bounds[text])] += owed;
  }
  Buffer d_first(texts * d);
  head.dense.backward(d_dense, d_first);
  Buffer d_hidden(static_cast<std::size_t>(bounds.back()) * d);
  std::ranges::fill(d_hidden, 0.0F);
  for (std::size_t text = 0; text < texts; ++text) {
    std::copy_n(d_first.begin() + text * d, d, d_hidden.begin() + bounds[text] * d);
  }
  return d_hidden;
}

std::vector<float> pooler_head_stream(const PoolerHead& head, const PoolerHeadPass& pass, std::span<const float> s,
                                      std::span<const std::int32_t> bounds, Biases biases) {
  const std::size_t d = head.classifier.weight.size() / head.classifier.bias.size();
  const Buffer first = first_tokens(s, d, bounds);
  Buffer dense(first.size());
  if (biases == Biases::added) {
    head.dense.forward(first, dense);
  } else {
    head.dense.linear(first, dense);
  }
  for (std::size_t k = 0; k < dense.size(); ++k) dense[k] *= gate(head.activation, pass.dense[k]);
  return class_logits(head.classifier, dense, biases);
}

}  // namespace pellucid
