// What every explaining method and every measure sees of a model: logits, and linear functionals of
// the logits taken back to the input, for a packed batch of different texts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "data/example.h"
#include "data/packing.h"
#include "error/error.h"
#include "files/mapped_file.h"
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

// Gets, for token j of a text, y_j [d], the output of a layer's attention block, and its terms T_j(x_i) [n, d]: what
// y_j takes from each token of the text, itself over the residual connection included, through the block's attention
// weights and LayerNorm held fixed. Σ_i T_j(x_i) is y_j but for the output's and LayerNorm's biases.
using MixtureVisitor =
    std::function<void(std::size_t text, std::size_t j, std::span<const float> y, std::span<const float> terms)>;

// What a forward pass can be asked for beside logits and their true gradient.
struct Abilities {
  bool head = false;                 // class_bias, head_attribution, attribution
  bool decomposition = false;        // decompose
  bool propagation = false;          // propagate, propagate_biases
  bool attention = false;            // mixing_layers, readout, attention
  bool attention_gradients = false;  // attention_gradients
  bool mixtures = false;             // for_each_mixture
};
inline constexpr Abilities kAllAbilities = {true, true, true, true, true, true};

// One forward pass with its activations kept. `functionals` [B, C]: f_b = Σ_c functionals[b, c] z[b, c].
// Any number of backward passes may follow; none changes the pass. What is not among the classifier's abilities is
// not overridden, and throws.
class ForwardPass {
 public:
  virtual ~ForwardPass() = default;
  virtual std::span<const float> logits() const = 0;  // [B, C]
  virtual std::vector<float> gradient(
      std::span<const float> functionals) const = 0;  // [T, e] true gradient at the word embeddings

  virtual std::span<const float> class_bias() const;  // b_c [C]
  virtual HeadAttribution head_attribution() const;
  // a [T] for functionals of the first prediction z¹ instead of its predicted class; empty where the
  // head has no attribution.
  virtual std::vector<float> attribution(std::span<const float> functionals) const;
  virtual Decomposition decompose(std::span<const float> functionals) const;

  // What follows attention, layer by layer: those that mix tokens, bottom to top, the encoder's and then
  // the context layer of a head that has one. The head's weights w are held fixed.
  virtual std::size_t mixing_layers() const;
  virtual std::vector<float> readout()
      const;  // [T] how much of z is read at each token of the top: w, or what the pooler reads
  virtual std::vector<float> attention(std::size_t layer) const;  // A [heads, n, n] of each text, one after another
  // The true ∂f/∂A of each layer from `from` up, laid out as A, with A of layer `from` multiplied by `factor` and
  // what is above it computed anew.
  virtual std::vector<std::vector<float>> attention_gradients(std::span<const float> functionals, std::size_t from = 0,
                                                              float factor = 1) const;
  // Called once for each token j of each text, from several threads.
  virtual void for_each_mixture(std::size_t layer, const MixtureVisitor& visit) const;
  // What reaches the logits through the gates of decompose(), forwards, without biases: from e_i of one token a text,
  // its number in `sources` [B] (beyond the text's end: from none). [B, C]
  virtual std::vector<float> propagate(std::span<const std::size_t> sources) const;
  virtual std::vector<float> propagate_biases() const;  // the same from every bias alone. [B, C]
};

// Not thread-safe; kernels use the OpenMP threads of the caller.
class Classifier {
 public:
  virtual ~Classifier() = default;

  virtual const LabelSet& labels() const = 0;
  virtual Adjust adjust() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  virtual std::size_t max_length() const = 0;   // tokens, special ones included
  virtual std::size_t hidden_size() const = 0;  // of word embeddings, e
  virtual Precision precision() const = 0;
  virtual const std::string& weights_sha256() const = 0;
  virtual Abilities abilities() const { return kAllAbilities; }

  // Prediction alone: no activations kept. [B, C]
  virtual std::vector<float> logits(const PackedBatch& batch) = 0;

  // `word_embeddings` [T, e] replaces the table's rows for batch.ids where given (integrated
  // gradients walks between inputs); position and type embeddings are added as usual.
  virtual std::unique_ptr<ForwardPass> forward(const PackedBatch& batch,
                                               std::span<const float> word_embeddings = {}) = 0;

  // Rows of the word embedding table. [ids.size(), e]
  virtual std::vector<float> word_embeddings(std::span<const std::int32_t> ids) const = 0;
};

struct LoadOptions {
  Precision precision = Precision::fp32;
  std::size_t max_length = 0;  // 0: what the model was trained with
  FileBytes weights = FileBytes::mapped;
};

// A folder of ours or a plain Hugging Face sequence classifier, on oneDNN.
Result<std::unique_ptr<Classifier>> load_classifier(const std::string& name_or_path, const LoadOptions& options);

// What every loader checks. How many tokens are read of a text: the length asked for, or the folder's.
Result<void> check_precision(Precision precision);
Result<std::size_t> length_of(const ModelFolder& folder, const LoadOptions& options);

// ---- small shared arithmetic over logits ----
std::vector<double> softmax(std::span<const float> logits);  // of one text's [C]
std::int32_t argmax(std::span<const float> values);          // the first of equals
// Fails where logits hold NaN or infinity; `where` names the text.
Result<void> check_finite(std::span<const float> logits, const std::string& where);

}  // namespace pellucid
