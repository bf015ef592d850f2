#include "train/layers.h"

#include <cmath>

#include "train/kernel_blocks.h"
#include "train/tensor_spans.h"

namespace pellucid::train {

torch::Tensor Linear::operator()(const torch::Tensor& x, const Compute& compute) const {
  if (on_kernels(weight) && x.dim() == 2 && (x.scalar_type() == torch::kFloat32 || x.scalar_type() == compute.type)) {
    return linear_on_kernels(*this, x, compute);
  }
  return torch::linear(x.to(compute.type), weight.to(compute.type), bias.defined() ? bias.to(compute.type) : bias);
}

std::shared_ptr<pellucid::Linear> Linear::packed(const Compute& compute) const {
  const auto precision = compute.type == torch::kBFloat16 ? Precision::bf16 : Precision::fp32;
  const auto version = static_cast<std::uint32_t>(weight._version());
  if (!cached.weight.is_same(weight) || cached.kernel->precision() != precision) {
    const torch::Tensor constants = bias.defined() ? bias : torch::zeros({weight.size(0)});
    cached = {std::make_shared<pellucid::Linear>(floats(weight), floats(constants), precision), weight, constants,
              version};
  } else if (cached.version != version) {
    cached.kernel->repack();
    cached.version = version;
  }
  return cached.kernel;
}

torch::Tensor LayerNorm::operator()(const torch::Tensor& x, const Compute& compute) const {
  const torch::Tensor input = x.to(weight.scalar_type());
  if (compute.mode == Backward::gradient) return torch::layer_norm(input, {input.size(1)}, weight, bias, epsilon);
  const torch::Tensor centred = input - input.mean(1, true);
  const torch::Tensor rstd = (centred.square().mean(1, true) + epsilon).rsqrt().detach();
  const torch::Tensor scaled = centred * rstd * weight;
  return bias.defined() ? scaled + bias : scaled;
}

torch::Tensor gelu(const torch::Tensor& x, const Compute& compute) {
  if (compute.mode == Backward::gradient) return torch::gelu(x);
  return x * (0.5 * (1 + torch::erf(x.detach() * M_SQRT1_2)));
}

torch::Tensor geglu(const torch::Tensor& x, const Compute& compute) {
  const std::vector<torch::Tensor> halves = x.chunk(2, 1);
  const torch::Tensor gate = torch::gelu(halves[0]);
  return (compute.mode == Backward::exact ? gate.detach() : gate) * halves[1];
}

torch::Tensor dropout(const torch::Tensor& x, const Compute& compute) {
  if (compute.dropout == 0) return x;
  if (on_kernels(x)) return dropout_on_kernels(x, compute);
  return torch::dropout(x, compute.dropout, /*train=*/true);
}

}  // namespace pellucid::train
