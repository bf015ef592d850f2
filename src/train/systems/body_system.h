// Word embeddings, a body (cnn.h, mamba.h, swin.h) and a linear classifier as a system.
#pragma once

#include "train/systems/system.h"
#include "train/text_classifier.h"

namespace pellucid::train {

template <class Body>
class BodySystem : public System {
 public:
  BodySystem(const typename Body::Config& config, std::int64_t vocabulary, std::int64_t classes)
      : classifier_(config, vocabulary, classes) {}

  Prediction forward(const PackedTensors& batch, const Compute& compute) const override {
    Prediction prediction;
    prediction.pooled = classifier_.body.pooled(classifier_.embed(batch), batch, compute);
    prediction.logits = torch::linear(prediction.pooled, classifier_.classifier.weight, classifier_.classifier.bias);
    return prediction;
  }
  void visit(const Visit& visit) override { classifier_.visit(visit); }

 private:
  TextClassifier<Body> classifier_;
};

}  // namespace pellucid::train
