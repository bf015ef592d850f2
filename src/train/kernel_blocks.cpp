#include "train/kernel_blocks.h"

#include <limits>

#include "kernels/attention.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "train/tensor_spans.h"

namespace pellucid::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What a call needs beside tensors, kept for the way back.
struct Call : torch::CustomClassHolder {
  Compute compute;
  double epsilon = 0;
  std::uint64_t seed = 0;  // of the dropout mask
  std::vector<std::int32_t> bounds;
  std::int64_t heads = 0;
  std::shared_ptr<pellucid::Linear> first, output;  // qkv or intermediate; and the second product

  float p() const { return static_cast<float>(compute.dropout); }
};
using CallPointer = c10::intrusive_ptr<Call>;

// torch's generator seeds the kernel's, so that torch::manual_seed decides both.
CallPointer new_call(const Compute& compute, double epsilon) {
  auto call = c10::make_intrusive<Call>();
  call->compute = compute;
  call->epsilon = epsilon;
  if (compute.dropout > 0) {
    call->seed = static_cast<std::uint64_t>(
        torch::randint(std::numeric_limits<std::int64_t>::max(), {1}, torch::kInt64).item<std::int64_t>());
  }
  return call;
}

void keep(AutogradContext* context, const CallPointer& call, variable_list tensors) {
  context->save_for_backward(std::move(tensors));
  context->saved_data["call"] = c10::IValue::make_capsule(call);
  context->set_materialize_grads(false);
}

CallPointer kept(AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<Call>(context->saved_data.at("call").toCapsule());
}

Tensor rows_like(const Tensor& x, std::int64_t columns, torch::ScalarType type) {
  return torch::empty({x.size(0), columns}, x.options().dtype(type));
}

// x in the type that is multiplied.
Tensor operand(const Tensor& x, torch::ScalarType type) {
  if (x.scalar_type() == type) return x;
  Tensor narrow = torch::empty(x.sizes(), x.options().dtype(type));
  to_bf16(floats(x), std::get<std::span<Bf16>>(activations(narrow)));
  return narrow;
}

LayerNormWeights weights_of(const Tensor& scale, const Tensor& shift, double epsilon) {
  return {floats(scale), floats(shift), static_cast<float>(epsilon)};
}

// y = LayerNorm(sum), sum = residual + dropout(out), where `sum` holds out [T, d].
struct NormOutput {
  Tensor y, mean, rstd;
};
NormOutput add_and_norm(const Call& call, const Tensor& residual, Tensor& sum, const Tensor& scale,
                        const Tensor& shift) {
  NormOutput result{torch::empty_like(sum), torch::empty({sum.size(0)}, sum.options()),
                    torch::empty({sum.size(0)}, sum.options())};
  std::span<const float> residual_left = floats(residual);
  if (call.p() > 0) {
    dropout_add(residual_left, floats(std::as_const(sum)), call.p(), call.seed, floats(sum));
    residual_left = {};
  }
  layer_norm_forward(weights_of(scale, shift, call.epsilon), residual_left, floats(sum), floats(result.y),
                     floats(result.mean), floats(result.rstd));
  return result;
}

// The way back from y to the sum and to dropout's input.
struct NormGradient {
  Tensor d_sum;             // [T, d] fp32: the residual's too
  Tensor d_out;             // [T, d] as an operand
  Tensor d_scale, d_shift;  // [d]
};
NormGradient norm_backward(const Call& call, const Tensor& d_y, const Tensor& sum, const Tensor& mean,
                           const Tensor& rstd, const Tensor& scale, const Tensor& shift) {
  NormGradient result{torch::empty_like(sum), {}, torch::zeros_like(scale), torch::zeros_like(shift)};
  const bool narrow = call.compute.type == torch::kBFloat16;
  if (narrow || call.p() > 0) result.d_out = rows_like(sum, sum.size(1), call.compute.type);
  const bool rounds = narrow && call.p() == 0;
  layer_norm_backward(call.compute.mode, weights_of(scale, shift, call.epsilon), floats(sum), floats(mean),
                      floats(rstd), floats(d_y), floats(result.d_sum),
                      rounds ? std::get<std::span<Bf16>>(activations(result.d_out)) : std::span<Bf16>());
  if (call.p() > 0) {
    std::visit([&](auto d_x) { dropout_backward(floats(std::as_const(result.d_sum)), call.p(), call.seed, d_x); },
               activations(result.d_out));
  } else if (!narrow) {
    result.d_out = result.d_sum.clone();
  }
  add_layer_norm_gradients(floats(sum), floats(mean), floats(rstd), floats(d_y), floats(result.d_scale),
                           floats(result.d_shift));
  return result;
}

// A linear layer's own gradients, of y = x Wᵀ + b.
struct LinearGradient {
  Tensor d_weight, d_bias;
};
LinearGradient linear_gradient(const Tensor& d_y, const Tensor& x) {
  const auto fp32 = d_y.options().dtype(torch::kFloat32);
  LinearGradient result{torch::zeros({d_y.size(1), x.size(1)}, fp32), torch::zeros({d_y.size(1)}, fp32)};
  add_weight_gradient(activations(d_y), activations(x), d_y.size(1), floats(result.d_weight));
  add_bias_gradient(activations(d_y), floats(result.d_bias));
  return result;
}

class Attention : public torch::autograd::Function<Attention> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& /*qkv_weight*/,
                               const Tensor& /*qkv_bias*/, const Tensor& /*output_weight*/,
                               const Tensor& /*output_bias*/, const Tensor& scale, const Tensor& shift,
                               const CallPointer& call) {
    const Tensor rows = x.contiguous();
    const std::int64_t d = rows.size(1);
    const torch::ScalarType type = call->compute.type;
    const Tensor narrow = operand(rows, type);
    Tensor qkv = rows_like(rows, 3 * d, type);
    Tensor mixed = rows_like(rows, d, type);
    Tensor sum = torch::empty_like(rows);
    call->first->forward(activations(narrow), activations(qkv));
    attention_forward(activations(std::as_const(qkv)), call->bounds, call->heads, activations(mixed));
    call->output->forward(activations(std::as_const(mixed)), floats(sum));
    const NormOutput norm = add_and_norm(*call, rows, sum, scale, shift);
    keep(context, call, {narrow, qkv, mixed, sum, norm.mean, norm.rstd, scale, shift});
    return {norm.y, qkv};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &qkv = saved[1], &mixed = saved[2], &sum = saved[3], &mean = saved[4], &rstd = saved[5];
    const Tensor d_y = gradients[0].defined() ? gradients[0].contiguous() : torch::zeros_like(sum);
    NormGradient norm = norm_backward(*call, d_y, sum, mean, rstd, saved[6], saved[7]);
    Tensor d_mixed = torch::empty_like(mixed);
    call->output->backward(activations(std::as_const(norm.d_out)), activations(d_mixed));
    Tensor d_qkv = torch::empty_like(qkv);
    attention_backward(call->compute.mode, activations(qkv), call->bounds, call->heads,
                       activations(std::as_const(d_mixed)), activations(d_qkv));
    if (gradients[1].defined()) d_qkv += gradients[1];
    call->first->backward(activations(std::as_const(d_qkv)), floats(norm.d_sum), /*add=*/true);

    variable_list result = {norm.d_sum, {}, {}, {}, {}, norm.d_scale, norm.d_shift, {}};
    if (context->needs_input_grad(1)) {
      const LinearGradient of_qkv = linear_gradient(d_qkv, x);
      const LinearGradient of_output = linear_gradient(norm.d_out, mixed);
      result[1] = of_qkv.d_weight;
      result[2] = of_qkv.d_bias;
      result[3] = of_output.d_weight;
      result[4] = of_output.d_bias;
    }
    return result;
  }
};

class FeedForward : public torch::autograd::Function<FeedForward> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& intermediate_weight,
                        const Tensor& /*intermediate_bias*/, const Tensor& /*output_weight*/,
                        const Tensor& /*output_bias*/, const Tensor& scale, const Tensor& shift,
                        const CallPointer& call) {
    const Tensor rows = x.contiguous();
    const torch::ScalarType type = call->compute.type;
    const Tensor narrow = operand(rows, type);
    Tensor before = rows_like(rows, intermediate_weight.size(0), type);
    Tensor wide = torch::empty_like(before);
    Tensor sum = torch::empty_like(rows);
    call->first->forward(activations(narrow), activations(before));
    gelu_forward(activations(std::as_const(before)), activations(wide));
    call->output->forward(activations(std::as_const(wide)), floats(sum));
    const NormOutput norm = add_and_norm(*call, rows, sum, scale, shift);
    keep(context, call, {narrow, before, wide, sum, norm.mean, norm.rstd, scale, shift});
    return norm.y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &before = saved[1], &wide = saved[2], &sum = saved[3];
    NormGradient norm = norm_backward(*call, gradients[0].contiguous(), sum, saved[4], saved[5], saved[6], saved[7]);
    Tensor d_wide = torch::empty_like(wide);
    call->output->backward(activations(std::as_const(norm.d_out)), activations(d_wide));
    gelu_backward(call->compute.mode, activations(before), activations(std::as_const(d_wide)), activations(d_wide));
    call->first->backward(activations(std::as_const(d_wide)), floats(norm.d_sum), /*add=*/true);

    variable_list result = {norm.d_sum, {}, {}, {}, {}, norm.d_scale, norm.d_shift, {}};
    if (context->needs_input_grad(1)) {
      const LinearGradient of_intermediate = linear_gradient(d_wide, x);
      const LinearGradient of_output = linear_gradient(norm.d_out, wide);
      result[1] = of_intermediate.d_weight;
      result[2] = of_intermediate.d_bias;
      result[3] = of_output.d_weight;
      result[4] = of_output.d_bias;
    }
    return result;
  }
};

class Embedding : public torch::autograd::Function<Embedding> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& words, const Tensor& positions, const Tensor& types,
                        const Tensor& scale, const Tensor& shift, const PackedTensors& batch, const CallPointer& call) {
    const Tensor ids = batch.ids.to(torch::kInt32);
    Tensor sum = torch::empty({batch.tokens(), words.size(1)}, words.options());
    embedding_forward({floats(words), floats(positions), floats(types).first(words.size(1))},
                      {ids.data_ptr<std::int32_t>(), static_cast<std::size_t>(ids.numel())}, call->bounds, {},
                      floats(sum));
    Tensor y = torch::empty_like(sum);
    Tensor mean = torch::empty({sum.size(0)}, sum.options());
    Tensor rstd = torch::empty({sum.size(0)}, sum.options());
    layer_norm_forward(weights_of(scale, shift, call->epsilon), {}, floats(sum), floats(y), floats(mean), floats(rstd));
    if (call->p() > 0) dropout_add({}, floats(std::as_const(y)), call->p(), call->seed, floats(y));
    keep(context, call, {batch.ids, batch.positions, sum, mean, rstd, words, positions, types, scale, shift});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &ids = saved[0], &places = saved[1], &sum = saved[2], &mean = saved[3], &rstd = saved[4];
    const Tensor &words = saved[5], &positions = saved[6], &types = saved[7], &scale = saved[8], &shift = saved[9];
    Tensor d_y = gradients[0].contiguous();
    if (call->p() > 0) {
      const Tensor d_dropped = d_y;
      d_y = torch::empty_like(d_dropped);
      dropout_backward(floats(d_dropped), call->p(), call->seed, floats(d_y));
    }
    Tensor d_scale = torch::zeros_like(scale);
    Tensor d_shift = torch::zeros_like(shift);
    add_layer_norm_gradients(floats(sum), floats(mean), floats(rstd), floats(std::as_const(d_y)), floats(d_scale),
                             floats(d_shift));
    Tensor d_sum = torch::empty_like(sum);
    layer_norm_backward(call->compute.mode, weights_of(scale, shift, call->epsilon), floats(sum), floats(mean),
                        floats(rstd), floats(std::as_const(d_y)), floats(d_sum));
    const Tensor d_words = torch::sparse_coo_tensor(ids.unsqueeze(0), d_sum, words.sizes());
    const Tensor d_positions = torch::zeros_like(positions).index_add_(0, places, d_sum);
    Tensor d_types = torch::zeros_like(types);
    d_types[0] = d_sum.sum(0);
    return {d_words, d_positions, d_types, d_scale, d_shift, {}, {}};
  }
};

}  // namespace

Tensor embedding_on_kernels(const EmbeddingBlock& block, const PackedTensors& batch, const Compute& compute) {
  const CallPointer call = new_call(compute, block.norm.epsilon);
  call->bounds = batch.bounds;
  return Embedding::apply(block.words, block.positions, block.types, block.norm.weight, block.norm.bias, batch, call);
}

AttentionBlock::Result attention_on_kernels(const AttentionBlock& block, const Tensor& x, const PackedTensors& batch,
                                            const Compute& compute) {
  const CallPointer call = new_call(compute, block.norm.epsilon);
  call->bounds = batch.bounds;
  call->heads = block.heads;
  call->first = block.qkv.packed(compute);
  call->output = block.output.packed(compute);
  const variable_list result = Attention::apply(x, block.qkv.weight, block.qkv.bias, block.output.weight,
                                                block.output.bias, block.norm.weight, block.norm.bias, call);
  return {result[0], result[1]};
}

Tensor feed_forward_on_kernels(const FeedForwardBlock& block, const Tensor& x, const Compute& compute) {
  const CallPointer call = new_call(compute, block.norm.epsilon);
  call->first = block.intermediate.packed(compute);
  call->output = block.output.packed(compute);
  return FeedForward::apply(x, block.intermediate.weight, block.intermediate.bias, block.output.weight,
                            block.output.bias, block.norm.weight, block.norm.bias, call);
}

}  // namespace pellucid::train
