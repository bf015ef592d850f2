// An encoder with a head on it, as a model folder describes it; weights read and packed.
//   TokenHead   z = Σ_i w_i t_i, t_i = u_i W_c + b_c: Adjust none, top, input (method.md section 2)
//   PoolerHead  z = p W_c + b_c, p = φ(h W_p + b_p) or its LayerNorm, h = H_[CLS] or mean_i H_i: a plain Hugging Face
//               classifier
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"
#include "error/error.h"
#include "files/mapped_file.h"
#include "kernels/linear.h"
#include "kernels/precision.h"
#include "runtime/encoder.h"

namespace pellucid {

// A classifier's rows are few: they are multiplied in fp32, in place.
struct ClassWeights {
  std::span<const float> weight;  // [C, d]
  std::span<const float> bias;    // [C]
};

struct TokenHead {
  Adjust adjust = Adjust::none;
  std::optional<AttentionBlock> context;  // none: without
  ClassWeights classifier;
  float lambda = 0;       // λ
  float temperature = 1;  // τ
};

struct PoolerHead {
  Linear dense;
  HeadActivation activation;  // φ
  ClassWeights classifier;
  Pooling pooling = Pooling::first;           // h
  std::optional<LayerNormWeights> norm = {};  // [d]
};

class Model {
 public:
  // Copied weights are those that `folder` has the hash of.
  static Result<std::unique_ptr<Model>> load(const ModelFolder& folder, Precision precision,
                                             FileBytes weights = FileBytes::mapped);

  Encoder encoder;
  std::variant<TokenHead, PoolerHead> head;
  std::size_t hidden_size = 0;  // d
  std::size_t classes = 0;      // C

 private:
  explicit Model(SafetensorsFile&& file) : file_(std::move(file)) {}
  struct Reader;
  SafetensorsFile file_;                    // most weights are read where they lie
  std::vector<std::vector<float>> copies_;  // those that are not fp32 in the file, and what is computed of them once
  std::vector<std::int32_t> places_;        // rows of relative positions by distance
};

}  // namespace pellucid
