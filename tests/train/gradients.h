// Central differences in float64: what autograd has to agree with.
#pragma once

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace pellucid::train {

// Checks d f / d inputs at up to 24 coordinates of each, evenly spread; f returns a scalar and inputs are
// float64 leaves.
inline void expect_gradients(const std::function<torch::Tensor()>& f, const std::vector<torch::Tensor>& inputs,
                             double tolerance = 1e-6, double step = 1e-5) {
  const auto gradients = torch::autograd::grad({f()}, inputs, {}, false, false, /*allow_unused=*/true);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    torch::NoGradGuard no_gradient;
    torch::Tensor flat = inputs[k].detach().view({-1});
    torch::Tensor analytic = gradients[k].defined() ? gradients[k] : torch::zeros_like(inputs[k]);
    if (analytic.is_sparse()) analytic = analytic.to_dense();
    analytic = analytic.reshape({-1});
    const std::int64_t stride = std::max<std::int64_t>(1, flat.size(0) / 24);
    for (std::int64_t i = 0; i < flat.size(0); i += stride) {
      const double at = flat[i].item<double>();
      flat[i] = at + step;
      const double above = f().item<double>();
      flat[i] = at - step;
      const double below = f().item<double>();
      flat[i] = at;
      EXPECT_NEAR(analytic[i].item<double>(), (above - below) / (2 * step), tolerance)
          << "input " << k << "[" << i << "]";
    }
  }
}

inline torch::Tensor leaf(torch::IntArrayRef shape) {
  return torch::randn(shape, torch::kFloat64).requires_grad_(true);
}

}  // namespace pellucid::train
