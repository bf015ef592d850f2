// Word embeddings, a body that makes one vector of each text (cnn.h, mamba.h, swin.h), and a linear classifier.
#pragma once

#include <torch/torch.h>

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
    prediction.pooled = body.pooled(word_rows(words, batch), batch, compute);
    prediction.logits = torch::linear(prediction.pooled, classifier.weight, classifier.bias);
    return prediction;
  }

  const torch::Tensor& word_embeddings() const override { return words; }

  void visit(const Visit& visit) override {
    visit("words.weight", words);
    body.visit([&](const std::string& name, torch::Tensor& tensor) { visit("body." + name, tensor); });
    visit_layer(visit, "classifier", classifier);
  }
};

}  // namespace pellucid::train
