#include <algorithm>
#include <cmath>

#include "runtime/heads.h"

namespace pellucid {

void pooler_head_forward(const PoolerHead& head, std::span<const float> hidden, std::span<const std::int32_t> bounds,
                         PoolerHeadPass& pass) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t d = head.classifier.weight.size() / classes;
  const std::size_t texts = bounds.size() - 1;
  Buffer first(texts * d);  // H_[CLS]
  for (std::size_t text = 0; text < texts; ++text) {
    std::copy_n(hidden.begin() + bounds[text] * d, d, first.begin() + text * d);
  }
  pass.dense = Buffer(texts * d);
  pass.pooled = Buffer(texts * d);
  head.dense.forward(first, pass.dense);
  std::ranges::transform(pass.dense, pass.pooled.begin(), [](float x) { return std::tanh(x); });
  pass.logits.resize(texts * classes);
  for (std::size_t text = 0; text < texts; ++text) {
    for (std::size_t c = 0; c < classes; ++c) {
      double z = head.classifier.bias[c];
      for (std::size_t k = 0; k < d; ++k) {
        z += static_cast<double>(pass.pooled[text * d + k]) * head.classifier.weight[c * d + k];
      }
      pass.logits[text * classes + c] = static_cast<float>(z);
    }
  }
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
      const float y = pass.pooled[text * d + k];
      const float gate = exact ? (x == 0 ? 1.0F : y / x) : 1 - y * y;
      d_dense[text * d + k] = gate * d_pooled;
      owed += static_cast<double>(gate * d_pooled) * head.dense.bias()[k];
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

}  // namespace pellucid
