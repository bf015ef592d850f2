// One step of training: its texts, what is drawn at random for them, and its loss, which may be computed in parts.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/packing.h"
#include "text/tokenizer.h"
#include "train/corpus.h"
#include "train/options.h"
#include "train/systems/system.h"

namespace pellucid::train {

struct Step {
  std::vector<std::uint32_t> texts;  // [B] of the training texts, in order of length
  PackedBatch batch;                 // of all of them, masked where they are
  std::uint64_t seed = 0;            // of dropout
  bool sufficient = false;           // whether it carries the self-consistency loss,
  std::vector<double> kept;          // [B] and the share of each text's tokens that this loss keeps
};

// Texts [first, last) of a step.
struct Part {
  std::size_t first = 0, last = 0;
  bool empty() const { return first == last; }
};

// The step's texts in `count` parts of about as many tokens each; where texts are few some parts are empty. A part is a
// run of neighbours, which are of like length: equal tokens are equal work.
std::vector<Part> parts_of(const Step& step, std::size_t count);

class Objective {
 public:
  Objective(Options options, const Corpus& corpus, const SpecialTokens& specials);

  // Everything random about step `number` comes from (seed, number) and is drawn for all of its texts: a resumed run
  // goes on with the same numbers, and so does whoever computes a part of the step.
  Result<Step> draw(std::span<const std::uint32_t> texts, std::int64_t number) const;

  // The tokens whose embeddings the loss of a step can reach, some of them more than once.
  std::vector<std::int32_t> reachable(const Step& step) const;

  // What a part that is not empty adds to the step's loss. The parts' add up to that of the whole, the mean over its
  // texts, but for rounding, and where System::dropout_by_row is false for dropout.
  torch::Tensor loss(System& system, const Compute& compute, const Step& step, const Part& part) const;

 private:
  double weight_of(const Step& step, const Part& part) const;

  Options options_;
  const Corpus& corpus_;
  SpecialTokens specials_;
  torch::Tensor class_counts_;   // [C] training texts of each class
  torch::Tensor class_weights_;  // [C], undefined: all alike
};

}  // namespace pellucid::train
