// The differentiable pieces of an encoder over packed tokens, in ATen's operators: they run on any device and in
// float64. Linear layers compute in fp32 or bf16 (master weights and everything else stay fp32). `mode` chooses what
// autograd sees: the true gradient, or the exact decomposition's (gates held fixed, method.md section 3).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "checkpoint/architecture.h"
#include "kernels/backward.h"
#include "kernels/linear.h"
#include "kernels/relative_position.h"
#include "train/packed_tensors.h"

namespace pellucid::train {

struct Compute {
  torch::ScalarType type = torch::kFloat32;  // of matrix products: kFloat32 or kBFloat16
  double dropout = 0;                        // 0: evaluation, or training without
  Backward mode = Backward::gradient;
  std::size_t first_row = 0;  // of the tokens, where they are a part of a step's batch: dropout's masks follow it
};

struct Linear {
  torch::Tensor weight;                                                            // [out, in] fp32
  torch::Tensor bias;                                                              // [out] fp32; undefined: none
  torch::Tensor operator()(const torch::Tensor& x, const Compute& compute) const;  // -> [T, out], compute.type

  // The same layer on the kernels, its weights packed again wherever they have changed since the last call.
  std::shared_ptr<pellucid::Linear> packed(const Compute& compute) const;

  struct Packed {
    std::shared_ptr<pellucid::Linear> kernel;
    torch::Tensor weight;       // what is packed,
    std::uint32_t version = 0;  // and how often it had been written to
  };
  mutable Packed cached = {};
};

struct LayerNorm {
  torch::Tensor weight, bias;  // [d] fp32; an undefined bias: none
  double epsilon = 1e-12;
  torch::Tensor operator()(const torch::Tensor& x, const Compute& compute) const;  // -> [T, d] fp32
};

torch::Tensor gelu(const torch::Tensor& x, const Compute& compute);
torch::Tensor geglu(const torch::Tensor& x, const Compute& compute);  // [T, 2m] -> [T, m], kernels/geglu.h
torch::Tensor dropout(const torch::Tensor& x, const Compute& compute);

// What distances do to the scores of attention (kernels/relative_position.h, kernels/disentangled.h). Undefined:
// nothing.
struct Distances {
  torch::Tensor term = {};  // [heads, 2 reach + 1], for distances from −reach
  std::int64_t window = RelativeBias::kWholeText;
  torch::Tensor positions = {};  // [R, 2d]: Q_r beside K_r
  torch::Tensor places = {};     // [2 reach + 1] int64: r
};

// Self-attention within each text. qkv [T, 3d] -> context [T, d], same type.
torch::Tensor attention(const torch::Tensor& qkv, const PackedTensors& batch, std::int64_t heads,
                        const Compute& compute, const Distances& distances = {});

// Queries and keys turned by their positions; `table` as rotary_table of kernels/rotary.h. qkv [T, 3d]
torch::Tensor rotated(const torch::Tensor& qkv, const PackedTensors& batch, std::int64_t heads,
                      const torch::Tensor& table);

// Such a term from a table [buckets, heads], as far as the batch's longest text reaches; undefined where the table is.
torch::Tensor relative_term(const torch::Tensor& table, const PackedTensors& batch);

// The places of Distances for relative positions of `config`, as far as the batch's longest text reaches.
torch::Tensor relative_places(const EncoderConfig& config, const PackedTensors& batch);

// a_i = Σ_h Σ_j A^h_ji g_j (method.md section 2), [T]. Differentiable in qkv and g if `through`,
// otherwise a constant.
torch::Tensor attention_column_sum(const torch::Tensor& qkv, const torch::Tensor& g, const PackedTensors& batch,
                                   std::int64_t heads, bool through);

}  // namespace pellucid::train
