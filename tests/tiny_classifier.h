// What tests that need nothing but logits derive their classifiers from.
#pragma once

#include "runtime/classifier.h"
#include "tiny_model.h"

namespace pellucid {

inline const Tokenizer& tiny_tokenizer() {
  static const Tokenizer loaded = unwrap(Tokenizer::load(kFixtures / "tiny-bert"));
  return loaded;
}

// The tiny models' labels and tokenizer; no passes to go back through.
class TinyClassifier : public Classifier {
 public:
  const LabelSet& labels() const override { return tiny_labels(); }
  Adjust adjust() const override { return Adjust::none; }
  const Tokenizer& tokenizer() const override { return tiny_tokenizer(); }
  std::size_t max_length() const override { return 64; }
  std::size_t hidden_size() const override { return 1; }
  Precision precision() const override { return Precision::fp32; }
  const std::string& weights_sha256() const override { return none_; }
  std::unique_ptr<ForwardPass> forward(const PackedBatch&, std::span<const float>) override { return nullptr; }
  std::vector<float> word_embeddings(std::span<const std::int32_t>) const override { return {}; }

 private:
  std::string none_;
};

}  // namespace pellucid
