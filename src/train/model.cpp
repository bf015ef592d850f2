#include "train/model.h"

#include <torch/autograd.h>
#include <torch/utils.h>

#include "train/attention.h"
#include "train/kernel_blocks.h"

namespace pellucid::train {

Model::Model(const EncoderConfig& config, Adjust head_adjust, std::int64_t classes)
    : encoder(config), adjust(head_adjust) {
  const std::int64_t d = config.hidden_size;
  classifier = {torch::empty({classes, d}), torch::empty({classes})};
  if (adjust == Adjust::none) return;
  context = {{torch::empty({3 * d, d}), torch::empty({3 * d})},
             {torch::empty({d, d}), torch::empty({d})},
             {torch::empty({d}), torch::empty({d}), config.layer_norm_eps},
             config.num_attention_heads};
  mixing = torch::empty({1});
  log_temperature = torch::empty({1});
}

void Model::initialise_head() {
  torch::NoGradGuard no_gradient;
  const auto reset = [](Linear& linear) {
    linear.weight.normal_(0, 0.02);
    linear.bias.zero_();
  };
  reset(classifier);
  if (adjust == Adjust::none) return;
  reset(context.qkv);
  reset(context.output);
  context.norm.weight.fill_(1);
  context.norm.bias.zero_();
  mixing.zero_();
  log_temperature.zero_();
}

torch::Tensor Model::classify(const torch::Tensor& features) const {
  return torch::linear(features, classifier.weight, classifier.bias);
}

Prediction Model::forward(const PackedTensors& batch, const Compute& compute) const {
  const torch::Tensor hidden = encoder.encode(encoder.embed(batch, compute), batch, compute);
  Prediction prediction;
  const auto by_text = [&](const torch::Tensor& per_text) { return per_text.index_select(0, batch.text_of); };
  const torch::Tensor uniform = by_text(batch.lengths.to(hidden.scalar_type()).reciprocal());  // 1/n, [T]

  if (adjust == Adjust::none) {
    prediction.pooled = sum_by_text(hidden * uniform.unsqueeze(1), batch);
    prediction.logits = classify(prediction.pooled);
    return prediction;
  }

  const AttentionBlock::Result head = context(hidden, batch, compute);
  const torch::Tensor t = classify(head.y);                                // t_j = u_j W_c + b_c
  prediction.first_logits = sum_by_text(t * uniform.unsqueeze(1), batch);  // z¹ = mean_j t_j

  torch::Tensor a;
  if (adjust == Adjust::top) {
    // y = z¹_ĉ − mean_c z¹_c, so ∂y/∂u_j = (w_ĉ − w̄)/n and g_j = ⟨∂y/∂u_j, u_j⟩.
    const torch::Tensor predicted = prediction.first_logits.detach().argmax(1);
    const torch::Tensor direction = classifier.weight.index_select(0, predicted) - classifier.weight.mean(0);
    const torch::Tensor g = (head.y * by_text(direction)).sum(1) * uniform;
    a = attention_column_sum(head.qkv, g, batch, encoder.config.num_attention_heads, through);
  } else {
    a = input_scores(batch, compute);
  }
  prediction.scores = a.detach();

  const torch::Tensor lambda = torch::sigmoid(mixing);
  const torch::Tensor alpha = softmax_by_text(a / log_temperature.exp(), batch);
  const torch::Tensor w = (1 - lambda) * uniform + lambda * alpha;
  prediction.logits = sum_by_text(t * w.unsqueeze(1), batch);       // z = Σ_i w_i t_i
  prediction.pooled = sum_by_text(head.y * w.unsqueeze(1), batch);  // H̃
  return prediction;
}

torch::Tensor Model::input_scores(const PackedTensors& batch, const Compute& compute) const {
  const torch::AutoGradMode gradients(true);
  const Compute fixed{compute.type, 0, Backward::exact};
  const torch::Tensor embedded = encoder.embed(batch, fixed).detach().requires_grad_(true);
  const torch::Tensor hidden = encoder.encode(embedded, batch, fixed);
  const torch::Tensor t = classify(context(hidden, batch, fixed).y);
  const torch::Tensor first = sum_by_text(t, batch) / batch.lengths.to(t.scalar_type()).unsqueeze(1);
  const torch::Tensor predicted = first.detach().argmax(1, true);
  const torch::Tensor y = first.gather(1, predicted).squeeze(1) - first.mean(1);
  const torch::Tensor gradient = torch::autograd::grad({y.sum()}, {embedded})[0];
  return (embedded.detach() * gradient).sum(1);
}

bool Model::dropout_by_row() const {
  return on_kernels(encoder.embedding.words) && encoder.config.has_bert_layers() && encoder.config.embeds_positions;
}

void Model::visit(const Visit& visit) {
  encoder.visit(visit);
  if (adjust != Adjust::none) {
    visit("head.context.qkv.weight", context.qkv.weight);
    visit("head.context.qkv.bias", context.qkv.bias);
    visit(head_tensors::kOutputWeight, context.output.weight);
    visit(head_tensors::kOutputBias, context.output.bias);
    visit(head_tensors::kNormWeight, context.norm.weight);
    visit(head_tensors::kNormBias, context.norm.bias);
    visit(head_tensors::kMixing, mixing);
    visit(head_tensors::kLogTemperature, log_temperature);
  }
  visit(head_tensors::kClassifierWeight, classifier.weight);
  visit(head_tensors::kClassifierBias, classifier.bias);
}

}  // namespace pellucid::train
