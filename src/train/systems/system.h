// What is trained and compared: packed texts in, logits out, parameters listed once for loading, saving and the
// optimiser. registry.h lists the systems; a new one is a file here and a line there.
#pragma once

#include <torch/types.h>

#include <vector>

#include "runtime/classifier.h"
#include "train/encoder.h"
#include "train/layers.h"
#include "train/packed_tensors.h"

namespace pellucid::train {

struct Prediction {
  torch::Tensor logits;        // z [B, C]
  torch::Tensor first_logits;  // z¹ [B, C]; undefined where nothing adjusts the prediction
  torch::Tensor scores;  // a [T], what the system itself ranks tokens by, no gradient; undefined where it does not
  torch::Tensor pooled;  // what the classifier reads, summed over each text [B, width]
  // With Backward::exact, of systems that decompose their logits: e [T, d], in which the logits are linear, and what
  // biases add to them [B, C]; undefined: nothing.
  torch::Tensor embedded, constants;
};

class System {
 public:
  virtual ~System() = default;

  virtual Prediction forward(const PackedTensors& batch, const Compute& compute) const = 0;
  virtual const torch::Tensor& word_embeddings() const = 0;  // the table, [vocabulary, d]

  // What methods can ask of it beside logits and gradients:
  //   decomposition  with Backward::exact the logits are linear in Prediction::embedded, but for its constants
  //   attention      of each layer, laid out as ForwardPass::attention; all tokens of the top are read alike
  virtual Abilities abilities() const { return {}; }
  virtual std::vector<torch::Tensor> attention(const PackedTensors&, const Compute&) const { return {}; }
  // Whether (seed, row of the step's batch) decides dropout's masks, so that parts of it draw those of the whole.
  virtual bool dropout_by_row() const { return false; }

  virtual void visit(const Visit& visit) = 0;

  std::vector<torch::Tensor> parameters();  // in the order of visit
  void to(torch::Device device);
  torch::Device device();  // of the parameters
};

// Sets every parameter to require gradients (or not).
void require_gradients(System& system, bool required);

}  // namespace pellucid::train
