// The selective scan and its convolution over packed tokens, differentiable: the runtime's kernels on a CPU in fp32,
// ATen's operators elsewhere, which are their plain reference.
#pragma once

#include <torch/types.h>

#include "kernels/reading_order.h"
#include "train/packed_tensors.h"

namespace pellucid::train {

// y = SiLU(causal depthwise convolution of x) (kernels/causal_convolution.h). x [T, d], weight [d, 4], bias [d].
torch::Tensor causal_convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                                 const PackedTensors& batch, ReadingOrder order);

// y [T, d] of kernels/selective_scan.h. x, step [T, d]; a [d, N] <= 0; b, c [T, N]; skip [d].
struct ScanTensors {
  torch::Tensor x, step, a, b, c, skip;
};
torch::Tensor selective_scan(const ScanTensors& scan, const PackedTensors& batch, ReadingOrder order);

// The scan as attention (Ali, Zimerman & Wolf 2024): y_i = Σ_j α_ij x_j + D x_i with, for each channel,
//     α_ij = Σ_n C_i Π_{k after j, up to i} exp(Δ_k A) Δ_j B_j   (j not after i in reading order; else 0)
// Of one text and the channels [first, first + count): [count, n, n].
torch::Tensor hidden_attention(const ScanTensors& scan, const TextRows& rows, std::int64_t first, std::int64_t count);

}  // namespace pellucid::train
