// What every explaining method and every measure sees of a model: logits, and linear functionals of
// the logits taken back to the input, for a packed batch of different texts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "data/example.h"
#include "data/packing.h"
#include "error/error.h"
#include "kernels/precision.h"
#include "text/tokenizer.h"

namespace pellucid {

// Exact decomposition of one linear functional of the logits per text (method.md section 3):
// Σ_i scores_i + Σ_i bias_i = functional over the tokens i of a text, up to rounding.
struct Decomposition {
  std::vector<double> scores;  // [T] ⟨e_i, ∂_fixed f/∂e_i⟩, e_i the output of the embedding block
  std::vector<double> bias;    // [T] what reaches f through biases at i, computed on its own, not as the rest
};

// The classifier's own attribution (method.md sections 1, 2).
struct HeadAttribution {
  std::vector<float> scores;         // [T] a_i; empty where the head has none (none, pooler)
  std::vector<float> weights;        // [T] w_i, sums to 1 in each text; empty for pooler
  std::vector<float> contributions;  // [T, C] w_i (t_i − b_c); sum over a text + b_c = z. Empty for pooler
};

// One forward pass with its activations kept. `functionals` [B, C]: f_b = Σ_c functionals[b, c] z[b, c].
// Any number of backward passes may follow; none changes the pass.
class ForwardPass {
 public:
  virtual ~ForwardPass() = default;
  virtual std::span<const float> logits() const = 0;      // [B, C]
  virtual std::span<const float> class_bias() const = 0;  // b_c [C]
  virtual HeadAttribution head_attribution() const = 0;
  // a [T] for functionals of the first prediction z¹ instead of its predicted class; empty where the
  // head has no attribution.
  virtual std::vector<float> attribution(std::span<const float> functionals) const = 0;
  virtual Decomposition decompose(std::span<const float> functionals) const = 0;
  virtual std::vector<float> gradient(
      std::span<const float> functionals) const = 0;  // [T, d] true gradient at the word embeddings
};

// Not thread-safe; kernels use the OpenMP threads of the caller.
class Classifier {
 public:
  virtual ~Classifier() = default;

  virtual const LabelSet& labels() const = 0;
  virtual Adjust adjust() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  virtual std::size_t max_length() const = 0;   // tokens, special ones included
  virtual std::size_t hidden_size() const = 0;  // d
  virtual Precision precision() const = 0;
  virtual const std::string& weights_sha256() const = 0;

  // Prediction alone: no activations kept. [B, C]
  virtual std::vector<float> logits(const PackedBatch& batch) = 0;

  // `word_embeddings` [T, d] replaces the table's rows for batch.ids where given (integrated
  // gradients walks between inputs); position and type embeddings are added as usual.
  virtual std::unique_ptr<ForwardPass> forward(const PackedBatch& batch,
                                               std::span<const float> word_embeddings = {}) = 0;

  // Rows of the word embedding table. [ids.size(), d]
  virtual std::vector<float> word_embeddings(std::span<const std::int32_t> ids) const = 0;
};

struct LoadOptions {
  Precision precision = Precision::fp32;
  std::size_t max_length = 0;  // 0: what the model was trained with
};

// A folder of ours or a plain Hugging Face sequence classifier (BERT), on oneDNN.
Result<std::unique_ptr<Classifier>> load_classifier(const std::string& name_or_path, const LoadOptions& options);

// ---- small shared arithmetic over logits ----
std::vector<double> softmax(std::span<const float> logits);  // of one text's [C]
std::int32_t argmax(std::span<const float> values);          // the first of equals

}  // namespace pellucid
