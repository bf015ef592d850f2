// A classifier whose word embeddings are moved a little, each piece of the vocabulary in a random direction of
// its own: x̃ = x + r |x| v, |v| = 1. Methods run on it unchanged.
#pragma once

#include <unordered_map>

#include "runtime/classifier.h"

namespace pellucid {

class PerturbedClassifier : public Classifier {
 public:
  PerturbedClassifier(Classifier& classifier, double radius, std::uint64_t seed)
      : classifier_(classifier), radius_(radius), seed_(seed) {}

  const LabelSet& labels() const override { return classifier_.labels(); }
  Adjust adjust() const override { return classifier_.adjust(); }
  const Tokenizer& tokenizer() const override { return classifier_.tokenizer(); }
  std::size_t max_length() const override { return classifier_.max_length(); }
  std::size_t hidden_size() const override { return classifier_.hidden_size(); }
  Precision precision() const override { return classifier_.precision(); }
  const std::string& weights_sha256() const override { return classifier_.weights_sha256(); }
  Abilities abilities() const override { return classifier_.abilities(); }

  std::vector<float> logits(const PackedBatch& batch) override;
  std::unique_ptr<ForwardPass> forward(const PackedBatch& batch, std::span<const float> word_embeddings) override;
  std::vector<float> word_embeddings(std::span<const std::int32_t> ids) const override;

 private:
  const std::vector<float>& row(std::int32_t id) const;  // x̃ [d]

  Classifier& classifier_;
  double radius_;
  std::uint64_t seed_;
  mutable std::unordered_map<std::int32_t, std::vector<float>> rows_;  // those asked for so far
};

}  // namespace pellucid
