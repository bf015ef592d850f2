// CPU tensors as the kernels take them: contiguous, fp32 or bf16.
#pragma once

#include <torch/types.h>

#include <span>

#include "kernels/activations.h"

namespace pellucid::train {

inline std::span<float> floats(torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}
inline std::span<const float> floats(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

inline Activations activations(torch::Tensor& tensor) {
  if (tensor.scalar_type() != torch::kBFloat16) return floats(tensor);
  return std::span(reinterpret_cast<Bf16*>(tensor.data_ptr<at::BFloat16>()), static_cast<std::size_t>(tensor.numel()));
}
inline ConstActivations activations(const torch::Tensor& tensor) {
  if (tensor.scalar_type() != torch::kBFloat16) return floats(tensor);
  return std::span(reinterpret_cast<const Bf16*>(tensor.data_ptr<at::BFloat16>()),
                   static_cast<std::size_t>(tensor.numel()));
}

}  // namespace pellucid::train
