// Word embeddings, a body that makes one vector of each text (cnn.h, mamba.h, swin.h), and a linear classifier.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

#include "train/initial.h"
#include "train/systems/system.h"

namespace pellucid::train {

template <class Body>
struct TextClassifier : System {
  torch::Tensor words;  // [vocabulary, d], with sparse gradients
  Body body;
  Linear classifier;  // [C, the body's width]

  TextClassifier(const Body::Config& config, std::int64_t vocabulary, std::int64_t classes)
      : body(config), classifier(initial_linear(classes, body.output_width())) {
    words = torch::randn({vocabulary, body.input_width()}) * 0.02;
  }

  Prediction forward(const PackedTensors& batch, const Compute& compute) const override {
    Prediction prediction;
    const torch::Tensor embedded = word_rows(words, batch);
    prediction.pooled = body.pooled(embedded, batch, compute);
    prediction.logits = torch::linear(prediction.pooled, classifier.weight, classifier.bias);
    if constexpr (kDecomposes) {
      if (compute.mode == Backward::gradient) return prediction;
      prediction.embedded = embedded;
      prediction.constants = torch::linear(body.constants(prediction.pooled), classifier.weight, classifier.bias);
    }
    return prediction;
  }

  const torch::Tensor& word_embeddings() const override { return words; }

  // What the body can do beside pooling.
  static constexpr bool kDecomposes = requires(const Body& any, torch::Tensor pooled) { any.constants(pooled); };
  static constexpr bool kAttends = requires(const Body& any, torch::Tensor x, PackedTensors batch, Compute compute) {
    any.attention(x, batch, compute);
  };
  Abilities abilities() const override { return {.decomposition = kDecomposes, .attention = kAttends}; }
  std::vector<torch::Tensor> attention(const PackedTensors& batch, const Compute& compute) const override {
    if constexpr (kAttends) return body.attention(word_rows(words, batch), batch, compute);
    return {};
  }

  void visit(const Visit& visit) override {
    visit("words.weight", words);
    body.visit([&](const std::string& name, torch::Tensor& tensor) { visit("body." + name, tensor); });
    visit_layer(visit, "classifier", classifier);
  }
};

}  // namespace pellucid::train
