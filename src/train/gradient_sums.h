// The gradients of all processes added up, in buckets that are on their way while the way back still runs (Li et al.
// 2020, PyTorch Distributed). Buckets are sent in one order in every process, whichever gradients come first. Of the
// word embeddings, whose gradients are sparse, only the rows that the step can reach are sent.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "error/error.h"
#include "train/collective.h"
#include "train/systems/system.h"

namespace pellucid::train {

class GradientSums {
 public:
  // Both outlive this. One process alone: nothing is hooked, nothing is copied.
  GradientSums(System& system, Collective& collective, std::size_t bucket_bytes = std::size_t{8} << 20);
  ~GradientSums();
  GradientSums(const GradientSums&) = delete;
  GradientSums& operator=(const GradientSums&) = delete;

  // Begins a step. `ids`: the tokens whose embeddings it can reach, in any process; the same in all of them.
  void begin(const std::vector<std::int32_t>& ids);

  // The next backward() is the step's last in this process: from now on full buckets are sent.
  void send_as_they_come() { sending_ = true; }

  // Sends what is left and `figures` [n] with it, waits for all. The parameters' gradients, and figures, are sums then.
  Result<void> finish(const torch::Tensor& figures);

 private:
  struct Bucket {
    std::vector<torch::Tensor> parameters;
    torch::Tensor values;     // on a CPU: their gradients, flat one after another
    std::size_t missing = 0;  // gradients that are not there yet
    Collective::Wait wait = {};
  };
  struct Hook;
  void arrived(std::size_t bucket);
  void send(Bucket& bucket);
  void receive(Bucket& bucket);
  bool is_words(const Bucket& bucket) const { return bucket.parameters[0].is_same(words_); }

  Collective& collective_;
  torch::Tensor words_;  // the word embeddings [vocabulary, d], alone in their bucket,
  torch::Tensor rows_;   // [U] the step's rows of it, ascending: values are [U, d + 1], who has a gradient counted last
  std::vector<Bucket> buckets_;
  bool sending_ = false;
  std::size_t sent_ = 0;
};

}  // namespace pellucid::train
