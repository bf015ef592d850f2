#include <algorithm>
#include <cmath>

#include "kernels/attention.h"
#include "kernels/blocks.h"
#include "runtime/classifier.h"
#include "runtime/heads.h"

namespace pellucid {
namespace {

float dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a[k]) * b[k];
  return static_cast<float>(sum);
}

// Calls work(text, first token, last token + 1).
template <class Work>
void for_each_text(std::span<const std::int32_t> bounds, const Work& work) {
  for_each_block(std::ssize(bounds) - 1, 1, [&](std::ptrdiff_t text, std::ptrdiff_t) {
    work(static_cast<std::size_t>(text), static_cast<std::size_t>(bounds[text]),
         static_cast<std::size_t>(bounds[text + 1]));
  });
}

}  // namespace

std::vector<float> class_direction(const ClassWeights& classifier, std::span<const float> functional) {
  const std::size_t d = classifier.weight.size() / classifier.bias.size();
  std::vector<float> direction(d);
  for (std::size_t c = 0; c < functional.size(); ++c) {
    for (std::size_t k = 0; k < d; ++k) direction[k] += functional[c] * classifier.weight[c * d + k];
  }
  return direction;
}

void token_head_features(const TokenHead& head, HiddenState hidden, std::span<const std::int32_t> bounds,
                         TokenHeadPass& pass) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t d = head.classifier.weight.size() / classes;
  const std::size_t texts = bounds.size() - 1;
  if (head.context) head.context->forward(hidden, bounds, &pass.context);
  pass.features = std::move(hidden.values);
  pass.token_logits = Buffer(pass.features.size() / d * classes);
  pass.first.assign(texts * classes, 0);
  pass.direction.assign(texts * d, 0);
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    const std::span<float> first = std::span(pass.first).subspan(text * classes, classes);
    for (std::size_t i = begin; i < end; ++i) {
      const std::span<const float> u = std::span<const float>(pass.features).subspan(i * d, d);
      for (std::size_t c = 0; c < classes; ++c) {
        const float t = dot(u, head.classifier.weight.subspan(c * d, d)) + head.classifier.bias[c];
        pass.token_logits[i * classes + c] = t;
        first[c] += t / static_cast<float>(end - begin);
      }
    }
    std::vector<float> contrast(classes, -1.0F / static_cast<float>(classes));
    contrast[static_cast<std::size_t>(argmax(first))] += 1;
    std::ranges::copy(class_direction(head.classifier, contrast), pass.direction.begin() + text * d);
  });
}

std::vector<float> gradient_times_state(const TokenHeadPass& pass, std::span<const float> direction,
                                        std::span<const std::int32_t> bounds) {
  const std::size_t d = direction.size() / (bounds.size() - 1);
  std::vector<float> g(pass.features.size() / d);
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    for (std::size_t j = begin; j < end; ++j) {
      const std::span<const float> u = std::span<const float>(pass.features).subspan(j * d, d);
      g[j] = dot(direction.subspan(text * d, d), u) / static_cast<float>(end - begin);
    }
  });
  return g;
}

Buffer mean_gradient(std::span<const float> direction, std::span<const std::int32_t> bounds) {
  const std::size_t d = direction.size() / (bounds.size() - 1);
  Buffer gradient(static_cast<std::size_t>(bounds.back()) * d);
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    for (std::size_t j = begin; j < end; ++j) {
      for (std::size_t k = 0; k < d; ++k)
        gradient[j * d + k] = direction[text * d + k] / static_cast<float>(end - begin);
    }
  });
  return gradient;
}

void token_head_logits(const TokenHead& head, std::vector<float> scores, std::span<const std::int32_t> bounds,
                       TokenHeadPass& pass) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t tokens = pass.token_logits.size() / classes;
  pass.scores = std::move(scores);
  pass.alpha.assign(pass.scores.size(), 0);
  pass.weights.assign(tokens, 0);
  pass.logits.assign(pass.first.size(), 0);
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    const float uniform = 1.0F / static_cast<float>(end - begin);
    if (pass.scores.empty()) {
      std::fill(pass.weights.begin() + begin, pass.weights.begin() + end, uniform);
    } else {  // α = softmax(a / τ), w = (1 − λ)/n + λ α
      const float largest = *std::max_element(pass.scores.begin() + begin, pass.scores.begin() + end);
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i) {
        sum += pass.alpha[i] = std::exp((pass.scores[i] - largest) / head.temperature);
      }
      for (std::size_t i = begin; i < end; ++i) {
        pass.alpha[i] /= static_cast<float>(sum);
        pass.weights[i] = (1 - head.lambda) * uniform + head.lambda * pass.alpha[i];
      }
    }
    for (std::size_t c = 0; c < classes; ++c) {  // z = Σ_i w_i t_i
      double z = 0;
      for (std::size_t i = begin; i < end; ++i) {
        z += static_cast<double>(pass.weights[i]) * pass.token_logits[i * classes + c];
      }
      pass.logits[text * classes + c] = static_cast<float>(z);
    }
  });
}

Buffer token_head_backward(const TokenHead& head, const TokenHeadPass& pass, std::span<const float> functionals,
                           std::span<const std::int32_t> bounds, std::span<double> bias) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t d = head.classifier.weight.size() / classes;
  Buffer d_features(pass.features.size());
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    const std::span<const float> functional = functionals.subspan(text * classes, classes);
    const std::vector<float> direction = class_direction(head.classifier, functional);
    const float owed_to_bias = dot(functional, head.classifier.bias);
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t k = 0; k < d; ++k) d_features[i * d + k] = pass.weights[i] * direction[k];
      if (!bias.empty()) bias[i] += static_cast<double>(pass.weights[i]) * owed_to_bias;
    }
  });
  return d_features;
}

std::vector<float> token_head_stream(const TokenHead& head, const TokenHeadPass& pass, std::span<const float> s,
                                     std::span<const std::int32_t> bounds, Biases biases) {
  const std::size_t classes = head.classifier.bias.size();
  const std::size_t d = head.classifier.weight.size() / classes;
  std::vector<float> logits(pass.logits.size());
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    for (std::size_t c = 0; c < classes; ++c) {
      double z = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const float t = dot(s.subspan(i * d, d), head.classifier.weight.subspan(c * d, d)) +
                        (biases == Biases::added ? head.classifier.bias[c] : 0);
        z += static_cast<double>(pass.weights[i]) * t;
      }
      logits[text * classes + c] = static_cast<float>(z);
    }
  });
  return logits;
}

std::vector<float> attribution_gradient(const TokenHead& head, const TokenHeadPass& pass,
                                        std::span<const float> functionals, std::span<const std::int32_t> bounds) {
  const std::size_t classes = head.classifier.bias.size();
  std::vector<float> d_a(pass.alpha.size());
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    const std::span<const float> functional = functionals.subspan(text * classes, classes);
    double mean = 0;  // Σ_i α_i ∂f/∂α_i
    for (std::size_t i = begin; i < end; ++i) {
      d_a[i] = head.lambda * dot(functional, std::span<const float>(pass.token_logits).subspan(i * classes, classes));
      mean += static_cast<double>(pass.alpha[i]) * d_a[i];
    }
    for (std::size_t i = begin; i < end; ++i) {
      d_a[i] = pass.alpha[i] * (d_a[i] - static_cast<float>(mean)) / head.temperature;
    }
  });
  return d_a;
}

// Σ_i d_a_i a_i = Σ_j g_j Σ_h (A^h d_a)_j: an attention whose values are d_a, in the first dimension of
// each head, so that the attention kernels do the work both ways.
Buffer column_attribution_backward(const TokenHead& head, const TokenHeadPass& pass, std::span<const float> d_a,
                                   std::span<const std::int32_t> bounds, std::span<float> d_features) {
  const std::size_t tokens = d_a.size();
  const std::size_t d = d_features.size() / tokens;
  const auto heads = static_cast<std::size_t>(head.context->heads);
  const std::size_t head_size = d / heads;
  Buffer qkv(3 * tokens * d);
  to_fp32(pass.context.qkv, qkv);
  Buffer d_context(tokens * d);
  std::ranges::fill(d_context, 0.0F);
  const std::vector<float> g = gradient_times_state(pass, pass.direction, bounds);
  for (std::size_t i = 0; i < tokens; ++i) {
    float* v = qkv.data() + (3 * i + 2) * d;
    std::fill_n(v, d, 0.0F);
    for (std::size_t h = 0; h < heads; ++h) {
      v[h * head_size] = d_a[i];
      d_context[i * d + h * head_size] = g[i];
    }
  }
  Buffer taken(tokens * d);
  attention_forward(qkv, bounds, head.context->heads, taken);
  for_each_text(bounds, [&](std::size_t text, std::size_t begin, std::size_t end) {
    for (std::size_t j = begin; j < end; ++j) {
      float d_g = 0;
      for (std::size_t h = 0; h < heads; ++h) d_g += taken[j * d + h * head_size];
      d_g /= static_cast<float>(end - begin);
      for (std::size_t k = 0; k < d; ++k) d_features[j * d + k] += d_g * pass.direction[text * d + k];
    }
  });
  Buffer d_qkv(3 * tokens * d);
  attention_backward(Backward::gradient, qkv, bounds, head.context->heads, d_context, d_qkv);
  for (std::size_t i = 0; i < tokens; ++i) std::fill_n(d_qkv.data() + (3 * i + 2) * d, d, 0.0F);
  return d_qkv;
}

}  // namespace pellucid
