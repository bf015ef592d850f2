#include "train/bcos.h"

#include <torch/autograd.h>

#include "kernels/cosine_gate.h"
#include "train/attention.h"
#include "train/initial.h"
#include "train/kernel_blocks.h"
#include "train/tensor_spans.h"

namespace pellucid::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// y = r (|r| / l + ε)^p, kernels/cosine_gate.h.
class Gate : public torch::autograd::Function<Gate> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& products, const Tensor& lengths, double exponent) {
    Tensor y = torch::empty_like(products);
    cosine_gate_forward({floats(products), floats(lengths), static_cast<float>(exponent)}, floats(y));
    context->save_for_backward({products, lengths});
    context->saved_data["exponent"] = exponent;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto exponent = static_cast<float>(context->saved_data["exponent"].toDouble());
    const Tensor d_y = gradients[0].contiguous();
    Tensor d_products = torch::empty_like(saved[0]);
    Tensor d_lengths = torch::empty_like(saved[1]);
    cosine_gate_backward({floats(saved[0]), floats(saved[1]), exponent}, floats(d_y), floats(d_products),
                         floats(d_lengths));
    return {d_products, d_lengths, {}};
  }
};

LayerNorm norm_without_shift(const EncoderConfig& config) {
  return {torch::empty({config.hidden_size}), {}, config.layer_norm_eps};
}

}  // namespace

Tensor BcosLinear::operator()(const Tensor& x, const Compute& compute) const {
  Tensor y = products(x, compute).to(products.weight.scalar_type()) / products.weight.norm(2, 1);  // ⟨ŵ, x⟩
  if (b == 1) return y;
  const Tensor length = (x.to(y.scalar_type()).square().sum(1, true) + kLeastCosine).sqrt();
  if (compute.mode == Backward::gradient && on_kernels(y)) return Gate::apply(y, length, b - 1);
  const Tensor gate = ((y / length).abs() + kLeastCosine).pow(b - 1);
  return y * (compute.mode == Backward::exact ? gate.detach() : gate);
}

Tensor BcosLayer::operator()(const Tensor& x, const PackedTensors& batch, std::int64_t heads, const Compute& compute,
                             const Tensor& relative) const {
  const Tensor mixed = attention(qkv(x, compute), batch.bounds, heads, compute, {relative});
  const Tensor y = attention_norm(x + dropout(output(mixed, compute), compute), compute);
  const Tensor wide = gelu(intermediate(y, compute), compute);
  return feed_forward_norm(y + dropout(dense(wide, compute), compute), compute);
}

Bcos::Bcos(const EncoderConfig& encoder_config, double b, std::int64_t classes)
    : config(encoder_config),
      embedding(empty_embedding(config, /*biases=*/false)),
      relative(empty_relative(config)),
      classifier{{torch::randn({classes, config.hidden_size}) * 0.02, {}}, b} {
  const std::int64_t d = config.hidden_size;
  const std::int64_t wide = config.intermediate_size;
  const auto bcos_linear = [b](std::int64_t out, std::int64_t in) {
    return BcosLinear{{torch::empty({out, in}), {}}, b};
  };
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    BcosLayer& layer = layers.emplace_back();
    layer.qkv.weight = torch::empty({3 * d, d});
    layer.output = bcos_linear(d, d);
    layer.intermediate = bcos_linear(wide, d);
    layer.dense = bcos_linear(d, wide);
    layer.attention_norm = norm_without_shift(config);
    layer.feed_forward_norm = norm_without_shift(config);
  }
}

Prediction Bcos::forward(const PackedTensors& batch, const Compute& compute) const {
  Prediction prediction;
  prediction.embedded = embedding(batch, compute);
  const Tensor term = relative_term(relative, batch);
  Tensor hidden = prediction.embedded;
  for (const BcosLayer& layer : layers) hidden = layer(hidden, batch, config.num_attention_heads, compute, term);
  prediction.pooled = mean_by_text(hidden, batch);
  prediction.logits = classifier(prediction.pooled, compute);
  return prediction;
}

void Bcos::visit(const Visit& visit) {
  visit_embedding(visit, embedding);
  visit_relative(visit, relative);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string scope = "encoder.layer." + std::to_string(i) + ".";
    BcosLayer& layer = layers[i];
    visit(scope + "attention.self.qkv.weight", layer.qkv.weight);
    visit(scope + "attention.output.dense.weight", layer.output.products.weight);
    visit(scope + "attention.output.LayerNorm.weight", layer.attention_norm.weight);
    visit(scope + "intermediate.dense.weight", layer.intermediate.products.weight);
    visit(scope + "output.dense.weight", layer.dense.products.weight);
    visit(scope + "output.LayerNorm.weight", layer.feed_forward_norm.weight);
  }
  visit(head_tensors::kClassifierWeight, classifier.products.weight);
}

}  // namespace pellucid::train
