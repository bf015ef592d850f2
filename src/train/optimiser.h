// AdamW (Loshchilov & Hutter 2019) with decoupled weight decay, gradient clipping by global norm, linear warm-up and
// decay. Of a parameter with sparse gradients (the word embeddings) only rows that have had a gradient are stepped: a
// word that training never meets keeps its vector.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "train/systems/system.h"
#include "train/weights.h"

namespace pellucid::train {

struct OptimiserOptions {
  // Of every parameter of two dimensions or more, so of Mamba's log_a, Swin's distance_bias and MPNet's
  // relative_attention_bias too, which their reference implementations exempt.
  double weight_decay = 0.01;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm = 1.0;  // 0: no clipping
};

class Optimiser {
 public:
  Optimiser(System& system, const OptimiserOptions& options);

  // Clips, updates the parameters, forgets the gradients. Returns the gradients' norm before clipping.
  double step(double learning_rate);

  // Moments, named after their parameters; with `steps` all that a resumed run needs.
  NamedTensors state() const;
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps);

 private:
  struct Group {
    double weight_decay = 0;
    std::vector<torch::Tensor> parameters, first_moments, second_moments, steps;
  };
  void step_rows(const Group& group, std::size_t index, const torch::Tensor& gradient, double learning_rate) const;

  OptimiserOptions options_;
  std::vector<Group> groups_;
  NamedTensors named_state_;
  std::int64_t steps_ = 0;
};

// The factor on the learning rate at `step` of `total` (0-based): up over the first `warmup` share,
// then linearly down to 0.
double schedule(std::int64_t step, std::int64_t total, double warmup);

}  // namespace pellucid::train
