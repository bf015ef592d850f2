#include "train/layers.h"

#include <cmath>
#include <limits>
#include <span>

#include "kernels/attention.h"
#include "kernels/dropout.h"

namespace pellucid::train {
namespace {

std::span<float> span_of(torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}
std::span<const float> span_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::span<Bf16> bf16_span_of(torch::Tensor& tensor) {
  return {reinterpret_cast<Bf16*>(tensor.data_ptr<at::BFloat16>()), static_cast<std::size_t>(tensor.numel())};
}
std::span<const Bf16> bf16_span_of(const torch::Tensor& tensor) {
  return {reinterpret_cast<const Bf16*>(tensor.data_ptr<at::BFloat16>()), static_cast<std::size_t>(tensor.numel())};
}

// A of one text, [heads, n, n], from its rows of qkv.
torch::Tensor attention_weights(const torch::Tensor& qkv, std::int64_t heads) {
  const std::int64_t n = qkv.size(0);
  const std::int64_t head_size = qkv.size(1) / 3 / heads;
  const auto parts = qkv.view({n, 3, heads, head_size}).permute({1, 2, 0, 3});  // [3, heads, n, d_k]
  const double scale = 1.0 / std::sqrt(static_cast<double>(head_size));
  return torch::softmax(torch::matmul(parts[0] * scale, parts[1].transpose(1, 2)), -1);
}

// The packed kernel as an autograd function: fp32 inside, no weights kept (they are computed again).
class KernelAttention : public torch::autograd::Function<KernelAttention> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& qkv,
                               const std::vector<std::int32_t>& bounds, std::int64_t heads, bool exact) {
    const torch::Tensor input = qkv.contiguous();
    torch::Tensor output = torch::empty({input.size(0), input.size(1) / 3}, input.options());
    pellucid::attention_forward(span_of(input), bounds, heads, span_of(output));
    context->save_for_backward({input});
    context->saved_data["bounds"] = std::vector<std::int64_t>(bounds.begin(), bounds.end());
    context->saved_data["heads"] = heads;
    context->saved_data["exact"] = exact;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::Tensor qkv = context->get_saved_variables()[0];
    const auto wide = context->saved_data["bounds"].toIntVector();
    const std::vector<std::int32_t> bounds(wide.begin(), wide.end());
    const auto mode = context->saved_data["exact"].toBool() ? Backward::exact : Backward::gradient;
    const torch::Tensor d_context = gradients[0].contiguous();
    torch::Tensor d_qkv = torch::empty_like(qkv);
    pellucid::attention_backward(mode, span_of(qkv), bounds, context->saved_data["heads"].toInt(), span_of(d_context),
                                 span_of(d_qkv));
    return {d_qkv, torch::Tensor(), torch::Tensor(), torch::Tensor()};
  }
};

// residual + dropout(x) by the kernel, whose mask is drawn again in the backward pass. An empty residual
// (autograd functions take no undefined tensors) counts as 0.
class KernelDropout : public torch::autograd::Function<KernelDropout> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& residual,
                               const torch::Tensor& x, double p, std::int64_t seed) {
    const torch::Tensor input = x.contiguous();
    const torch::Tensor base = residual.contiguous();
    torch::Tensor output = torch::empty(x.sizes(), x.options().dtype(torch::kFloat32));
    const std::span<const float> base_span = span_of(base);
    const auto key = static_cast<std::uint64_t>(seed);
    if (x.scalar_type() == torch::kBFloat16) {
      dropout_add(base_span, bf16_span_of(input), static_cast<float>(p), key, span_of(output));
    } else {
      dropout_add(base_span, span_of(input), static_cast<float>(p), key, span_of(output));
    }
    context->saved_data["p"] = p;
    context->saved_data["seed"] = seed;
    context->saved_data["residual"] = residual.numel() > 0;
    context->saved_data["bf16"] = x.scalar_type() == torch::kBFloat16;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::Tensor d_out = gradients[0].contiguous();
    const bool bf16 = context->saved_data["bf16"].toBool();
    const auto p = static_cast<float>(context->saved_data["p"].toDouble());
    const auto key = static_cast<std::uint64_t>(context->saved_data["seed"].toInt());
    torch::Tensor d_x = torch::empty(d_out.sizes(), d_out.options().dtype(bf16 ? torch::kBFloat16 : torch::kFloat32));
    if (bf16) {
      dropout_backward(span_of(d_out), p, key, bf16_span_of(d_x));
    } else {
      dropout_backward(span_of(d_out), p, key, span_of(d_x));
    }
    const torch::Tensor d_residual = context->saved_data["residual"].toBool() ? d_out : torch::Tensor();
    return {d_residual, d_x, torch::Tensor(), torch::Tensor()};
  }
};

torch::Tensor aten_attention(const torch::Tensor& qkv, const PackedTensors& batch, std::int64_t heads,
                             const Compute& compute) {
  const std::int64_t d = qkv.size(1) / 3;
  std::vector<torch::Tensor> contexts;
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    const torch::Tensor rows = qkv.slice(0, batch.bounds[text], batch.bounds[text + 1]);
    const std::int64_t n = rows.size(0);
    torch::Tensor weights = attention_weights(rows, heads);
    if (compute.mode == Backward::exact) weights = weights.detach();
    const torch::Tensor values = rows.slice(1, 2 * d).view({n, heads, d / heads}).transpose(0, 1);
    contexts.push_back(torch::matmul(weights, values).transpose(0, 1).reshape({n, d}));
  }
  return torch::cat(contexts);
}

}  // namespace

torch::Tensor Linear::operator()(const torch::Tensor& x, const Compute& compute) const {
  return torch::linear(x.to(compute.type), weight.to(compute.type), bias.to(compute.type));
}

torch::Tensor LayerNorm::operator()(const torch::Tensor& x, const Compute& compute) const {
  const torch::Tensor input = x.to(weight.scalar_type());
  if (compute.mode == Backward::gradient) return torch::layer_norm(input, {input.size(1)}, weight, bias, epsilon);
  const torch::Tensor centred = input - input.mean(1, true);
  const torch::Tensor rstd = (centred.square().mean(1, true) + epsilon).rsqrt().detach();
  return centred * rstd * weight + bias;
}

torch::Tensor gelu(const torch::Tensor& x, const Compute& compute) {
  if (compute.mode == Backward::gradient) return torch::gelu(x);
  return x * (0.5 * (1 + torch::erf(x.detach() * M_SQRT1_2)));
}

torch::Tensor add_dropout(const torch::Tensor& residual, const torch::Tensor& x, const Compute& compute) {
  if (compute.dropout == 0) return residual.defined() ? residual + x : x;
  if (!x.device().is_cpu()) {
    const torch::Tensor dropped = torch::dropout(x, compute.dropout, /*train=*/true);
    return residual.defined() ? residual + dropped : dropped;
  }
  // torch's generator seeds the kernel's, so that torch::manual_seed decides both.
  const std::int64_t seed =
      torch::randint(std::numeric_limits<std::int64_t>::max(), {1}, torch::kInt64).item<std::int64_t>();
  return KernelDropout::apply(residual.defined() ? residual : torch::empty({0}), x, compute.dropout, seed);
}

torch::Tensor packed_attention(const torch::Tensor& qkv, const PackedTensors& batch, std::int64_t heads,
                               const Compute& compute) {
  if (!qkv.device().is_cpu() || qkv.scalar_type() == torch::kFloat64) return aten_attention(qkv, batch, heads, compute);
  return KernelAttention::apply(qkv.to(torch::kFloat32), batch.bounds, heads, compute.mode == Backward::exact)
      .to(qkv.scalar_type());
}

torch::Tensor attention_column_sum(const torch::Tensor& qkv, const torch::Tensor& g, const PackedTensors& batch,
                                   std::int64_t heads, bool through) {
  if (!through && qkv.device().is_cpu() && g.scalar_type() == torch::kFloat32) {
    const torch::Tensor input = qkv.detach().to(torch::kFloat32).contiguous();
    const torch::Tensor gradient = g.detach().contiguous();
    torch::Tensor a = torch::empty({input.size(0)}, input.options());
    pellucid::attention_column_sum(span_of(input), batch.bounds, heads, span_of(gradient), span_of(a));
    return a;
  }
  std::vector<torch::Tensor> scores;
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    const std::int64_t begin = batch.bounds[text];
    const std::int64_t end = batch.bounds[text + 1];
    const torch::Tensor weights = attention_weights(qkv.slice(0, begin, end).to(g.scalar_type()), heads);
    scores.push_back(torch::matmul(g.slice(0, begin, end), weights.sum(0)));
  }
  const torch::Tensor a = torch::cat(scores);
  return through ? a : a.detach();
}

}  // namespace pellucid::train
