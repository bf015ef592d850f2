// The selective scan and its convolution over packed tokens, differentiable: the runtime's kernels on a CPU in fp32,
// ATen's operators elsewhere, which are their plain reference.
#pragma once

#include <torch/torch.h>

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

}  // namespace pellucid::train
