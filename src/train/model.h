// The attribution-integrated classifier for training: encoder, attribution head, linear classifier
// (method.md sections 1 and 2), and the plain and input-adjusted variants.
#pragma once

#include <torch/types.h>

#include "checkpoint/model_folder.h"
#include "train/systems/system.h"

namespace pellucid::train {

struct Model : System {
  Encoder encoder;
  Adjust adjust;
  bool through = false;  // gradients of a reach the parameters (Adjust::top alone)

  // The context layer (undefined tensors for Adjust::none) and the classifier.
  AttentionBlock context;
  Linear classifier;                      // [C, d]
  torch::Tensor mixing, log_temperature;  // [1] each: λ = sigmoid(mixing), τ = exp(log_temperature)

  Model(const EncoderConfig& config, Adjust adjust, std::int64_t classes);

  // New values for the head, as BERT initialises its layers: N(0, 0.02), λ = ½, τ = 1.
  void initialise_head();

  // `first_logits` and `scores` are undefined for Adjust::none; `pooled` is H̃ summed over each text.
  Prediction forward(const PackedTensors& batch, const Compute& compute) const override;

  // ⟨e_i, ∂_fixed y/∂e_i⟩ with y = z¹_ĉ − mean_c z¹_c: the exact decomposition of the unadjusted
  // prediction, without dropout. [T], no gradient.
  torch::Tensor input_scores(const PackedTensors& batch, const Compute& compute) const;

  const torch::Tensor& word_embeddings() const override { return encoder.embedding.words; }

  bool dropout_by_row() const override;

  void visit(const Visit& visit) override;

 private:
  torch::Tensor classify(const torch::Tensor& features) const;  // t [T, C], fp32
};

}  // namespace pellucid::train
