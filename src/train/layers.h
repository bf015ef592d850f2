// The differentiable pieces of an encoder over packed tokens, in ATen's operators: they run on any device and in
// float64. Linear layers compute in fp32 or bf16 (master weights and everything else stay fp32), on a CPU on the
// runtime's kernels. `mode` chooses what
// autograd sees: the true gradient, or the exact decomposition's (gates held fixed, method.md section 3).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "kernels/backward.h"
#include "kernels/linear.h"

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
    torch::Tensor bias;         // what is added, zeros for none,
    std::uint32_t version = 0;  // and how often the weight had been written to
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

}  // namespace pellucid::train
