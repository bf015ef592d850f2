// A classifier whose right explanation is known.
#pragma once

#include "tiny_texts.h"

namespace pellucid {

// z_c = Σ over tokens of weights[c][id]: removing a unit changes the logits by what it owes, always.
class Additive : public Classifier {
 public:
  const LabelSet& labels() const override { return tiny_labels(); }
  Adjust adjust() const override { return Adjust::none; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  std::size_t max_length() const override { return 64; }
  std::size_t hidden_size() const override { return 1; }
  Precision precision() const override { return Precision::fp32; }
  const std::string& weights_sha256() const override { return none_; }
  std::vector<float> logits(const PackedBatch& batch) override {
    std::vector<float> logits(batch.texts() * 3);
    for (std::size_t b = 0; b < batch.texts(); ++b) {
      for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) logits[b * 3] += weight(batch.ids[i]);
    }
    return logits;
  }
  std::unique_ptr<ForwardPass> forward(const PackedBatch&, std::span<const float>) override { return nullptr; }
  std::vector<float> word_embeddings(std::span<const std::int32_t>) const override { return {}; }

  // 0 for special tokens; others from −1 to 1.
  static float weight(std::int32_t id) { return id < 5 ? 0 : static_cast<float>(id * 37 % 21 - 10) / 10; }

 private:
  Tokenizer tokenizer_ = unwrap(Tokenizer::load(kFixtures / "tiny-bert"));
  std::string none_;
};

}  // namespace pellucid
