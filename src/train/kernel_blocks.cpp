#include "train/kernel_blocks.h"

#include <torch/autograd.h>
#include <torch/utils.h>

#include <limits>
#include <optional>

#include "kernels/attention.h"
#include "kernels/blocks.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/layer_norm.h"
#include "train/kept_call.h"
#include "train/tensor_spans.h"

namespace pellucid::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Call : torch::CustomClassHolder {
  Compute compute;
  double epsilon = 0;
  std::uint64_t seed = 0;  // of the dropout mask
  std::vector<std::int32_t> bounds;
  std::int64_t heads = 0;
  std::int64_t window = RelativeBias::kWholeText;
  std::int64_t first_position = 0;
  std::shared_ptr<pellucid::Linear> first, output;  // qkv or intermediate; and the second product

  // Dropout of x [T, d] from its row `row` on.
  Dropout dropout(const Tensor& x, std::size_t row = 0) const {
    return {static_cast<float>(compute.dropout), seed, (compute.first_row + row) * static_cast<std::size_t>(x.size(1))};
  }
  bool drops() const { return compute.dropout > 0; }
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

Tensor rows_like(const Tensor& x, std::int64_t columns, torch::ScalarType type) {
  return torch::empty({x.size(0), columns}, x.options().dtype(type));
}

// Room for x in the type that is multiplied: x itself where that is its own.
Tensor operand(const Tensor& x, torch::ScalarType type) {
  return x.scalar_type() == type ? x : torch::empty(x.sizes(), x.options().dtype(type));
}

// Rows of x in that room.
ConstActivations narrowed(const Tensor& x, Tensor& room, const Rows& rows) {
  const auto columns = static_cast<std::size_t>(x.size(1));
  if (room.is_same(x)) return rows.of(activations(x), columns);
  const std::span<Bf16> to = rows.of(std::get<std::span<Bf16>>(activations(room)), columns);
  to_bf16(rows.of(floats(x), columns), to);
  return std::span<const Bf16>(to);
}

// Autograd functions take a tensor that may be undefined as an optional one.
std::optional<Tensor> if_there(const Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

// Of a term [heads, 2 reach + 1], or of none.
RelativeBias bias_of(const Tensor& relative, std::int64_t window) {
  if (!relative.defined()) return {.window = window};
  return {floats(relative), relative.size(1) / 2, window};
}

LayerNormWeights weights_of(const Tensor& scale, const Tensor& shift, double epsilon) {
  return {floats(scale), floats(shift), static_cast<float>(epsilon)};
}

// y = LayerNorm(sum), sum = residual + dropout(out): the end of either block, on its rows.
struct NormOutput {
  Tensor sum, y, mean, rstd;

  explicit NormOutput(const Tensor& x)
      : sum(torch::empty_like(x)),
        y(torch::empty_like(x)),
        mean(torch::empty({x.size(0)}, x.options())),
        rstd(torch::empty({x.size(0)}, x.options())) {}

  // `sum` holds out there.
  void finish(const Call& call, const Tensor& residual, const Tensor& scale, const Tensor& shift, const Rows& rows) {
    const auto width = static_cast<std::size_t>(sum.size(1));
    const std::span<float> sum_rows = rows.of(floats(sum), width);
    std::span<const float> residual_left = rows.of(floats(residual), width);
    if (call.drops()) {
      dropout_add(call.dropout(sum, rows.begin), residual_left, sum_rows, sum_rows);
      residual_left = {};
    }
    layer_norm_forward(weights_of(scale, shift, call.epsilon), residual_left, sum_rows, rows.of(floats(y), width),
                       rows.of(floats(mean)), rows.of(floats(rstd)));
  }
};

// The way back from d_y to the sum and to dropout's input.
struct NormGradient {
  Tensor d_sum;             // [T, d] fp32: the residual's too
  Tensor d_out;             // [T, d] as an operand
  Tensor d_scale, d_shift;  // [d]

  NormGradient(const Call& call, const Tensor& d_y, const Tensor& sum, const Tensor& mean, const Tensor& rstd,
               const Tensor& scale)
      : d_sum(torch::empty_like(sum)),
        d_out(rows_like(sum, sum.size(1), call.compute.type)),
        d_scale(torch::zeros_like(scale)),
        d_shift(torch::zeros_like(scale)) {
    add_layer_norm_gradients(floats(sum), floats(mean), floats(rstd), floats(d_y), floats(d_scale), floats(d_shift));
  }

  void rows_of(const Call& call, const Tensor& d_y, const Tensor& sum, const Tensor& mean, const Tensor& rstd,
               const Tensor& scale, const Tensor& shift, const Rows& rows) {
    const auto width = static_cast<std::size_t>(sum.size(1));
    const std::span<float> d_sum_rows = rows.of(floats(d_sum), width);
    layer_norm_backward(call.compute.mode, weights_of(scale, shift, call.epsilon), rows.of(floats(sum), width),
                        rows.of(floats(mean)), rows.of(floats(rstd)), rows.of(floats(d_y), width), d_sum_rows);
    dropout_backward(call.dropout(sum, rows.begin), d_sum_rows, rows.of(activations(d_out), width));
  }
};

// A linear layer's own gradients, of y = x Wᵀ + b.
struct LinearGradient {
  Tensor d_weight, d_bias;  // an undefined d_bias: of a layer without one
};
LinearGradient linear_gradient(const Tensor& d_y, const Tensor& x, bool biased = true) {
  const auto fp32 = d_y.options().dtype(torch::kFloat32);
  LinearGradient result{torch::zeros({d_y.size(1), x.size(1)}, fp32), {}};
  add_weight_gradient(activations(d_y), activations(x), d_y.size(1), floats(result.d_weight));
  if (!biased) return result;
  result.d_bias = torch::zeros({d_y.size(1)}, fp32);
  add_bias_gradient(activations(d_y), floats(result.d_bias));
  return result;
}

class Product : public torch::autograd::Function<Product> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, const CallPointer& call) {
    const Tensor input = x.contiguous();
    Tensor narrow = operand(input, call->compute.type);
    Tensor y = rows_like(input, weight.size(0), call->compute.type);
    const auto columns = static_cast<std::size_t>(y.size(1));
    for_each_row_block(static_cast<std::size_t>(input.size(0)), [&](const Rows& rows) {
      call->first->forward(narrowed(input, narrow, rows), rows.of(activations(y), columns));
    });
    keep(context, call, {narrow});
    context->saved_data["type"] = input.scalar_type();
    context->saved_data["biased"] = bias.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const Tensor x = context->get_saved_variables()[0];
    const Tensor d_y = gradients[0].contiguous();
    Tensor d_x;
    if (context->needs_input_grad(0)) {
      d_x = rows_like(d_y, x.size(1), context->saved_data["type"].toScalarType());
      call->first->backward(activations(d_y), activations(d_x));
    }
    if (!context->needs_input_grad(1)) return {d_x, {}, {}, {}};
    const LinearGradient gradient = linear_gradient(d_y, x, context->saved_data["biased"].toBool());
    return {d_x, gradient.d_weight, gradient.d_bias, {}};
  }
};

class DroppedOut : public torch::autograd::Function<DroppedOut> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const CallPointer& call) {
    const Tensor input = x.contiguous();
    Tensor y = torch::empty_like(input);
    dropout_add(call->dropout(input), {}, floats(input), floats(y));
    keep(context, call, {});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const Tensor d_y = gradients[0].contiguous();
    Tensor d_x = torch::empty_like(d_y);
    dropout_backward(call->dropout(d_y), floats(d_y), floats(d_x));
    return {d_x, {}};
  }
};

// The way back through attention, d_mixed [T, d]; an undefined d_term: there is no term.
struct ContextGradient {
  Tensor d_qkv, d_term;

  ContextGradient(const Call& call, const Tensor& qkv, const Tensor& term, const Tensor& d_mixed)
      : d_qkv(torch::empty_like(qkv)), d_term(term.defined() ? torch::zeros_like(term) : Tensor()) {
    attention_backward(call.compute.mode, activations(qkv), call.bounds, call.heads, activations(d_mixed),
                       activations(d_qkv), bias_of(term, call.window),
                       term.defined() ? floats(d_term) : std::span<float>());
  }
};

class Context : public torch::autograd::Function<Context> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& qkv, const std::optional<Tensor>& relative,
                        const CallPointer& call) {
    const Tensor input = qkv.contiguous();
    const Tensor term = relative ? relative->contiguous() : Tensor();
    Tensor mixed = rows_like(input, input.size(1) / 3, input.scalar_type());
    attention_forward(activations(input), call->bounds, call->heads, activations(mixed), {},
                      bias_of(term, call->window));
    keep(context, call, {input, term});
    return mixed;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const variable_list saved = context->get_saved_variables();
    const ContextGradient gradient(*call, saved[0], saved[1], gradients[0].contiguous());
    return {gradient.d_qkv, gradient.d_term, {}};
  }
};

class Attention : public torch::autograd::Function<Attention> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& /*qkv_weight*/,
                               const Tensor& /*qkv_bias*/, const Tensor& /*output_weight*/,
                               const Tensor& /*output_bias*/, const Tensor& scale, const Tensor& shift,
                               const std::optional<Tensor>& relative, const CallPointer& call) {
    const Tensor input = x.contiguous();
    const Tensor term = relative ? relative->contiguous() : Tensor();
    const std::int64_t d = input.size(1);
    const auto width = static_cast<std::size_t>(d);
    const auto tokens = static_cast<std::size_t>(input.size(0));
    const torch::ScalarType type = call->compute.type;
    Tensor narrow = operand(input, type);
    Tensor qkv = rows_like(input, 3 * d, type);
    Tensor mixed = rows_like(input, d, type);
    NormOutput norm(input);
    for_each_row_block(tokens, [&](const Rows& rows) {
      call->first->forward(narrowed(input, narrow, rows), rows.of(activations(qkv), 3 * width));
    });
    attention_forward(activations(std::as_const(qkv)), call->bounds, call->heads, activations(mixed), {},
                      bias_of(term, call->window));
    for_each_row_block(tokens, [&](const Rows& rows) {
      call->output->forward(rows.of(activations(std::as_const(mixed)), width), rows.of(floats(norm.sum), width));
      norm.finish(*call, input, scale, shift, rows);
    });
    keep(context, call, {narrow, qkv, mixed, norm.sum, norm.mean, norm.rstd, scale, shift, term});
    return {norm.y, qkv};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &qkv = saved[1], &mixed = saved[2], &sum = saved[3], &mean = saved[4], &rstd = saved[5];
    const Tensor d_y = gradients[0].defined() ? gradients[0].contiguous() : torch::zeros_like(sum);
    NormGradient norm(*call, d_y, sum, mean, rstd, saved[6]);
    Tensor d_mixed = torch::empty_like(mixed);
    const auto width = static_cast<std::size_t>(sum.size(1));
    for_each_row_block(static_cast<std::size_t>(sum.size(0)), [&](const Rows& rows) {
      norm.rows_of(*call, d_y, sum, mean, rstd, saved[6], saved[7], rows);
      call->output->backward(rows.of(activations(std::as_const(norm.d_out)), width),
                             rows.of(activations(d_mixed), width));
    });
    auto [d_qkv, d_term] = ContextGradient(*call, qkv, saved[8], d_mixed);
    if (gradients[1].defined()) d_qkv += gradients[1];
    call->first->backward(activations(std::as_const(d_qkv)), floats(norm.d_sum), /*add=*/true);

    variable_list result = {norm.d_sum, {}, {}, {}, {}, norm.d_scale, norm.d_shift, d_term, {}};
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
    const Tensor input = x.contiguous();
    const torch::ScalarType type = call->compute.type;
    Tensor narrow = operand(input, type);
    Tensor before = rows_like(input, intermediate_weight.size(0), type);
    Tensor wide = torch::empty_like(before);
    NormOutput norm(input);
    const auto width = static_cast<std::size_t>(input.size(1));
    const auto columns = static_cast<std::size_t>(before.size(1));
    for_each_row_block(static_cast<std::size_t>(input.size(0)), [&](const Rows& rows) {
      const Activations before_rows = rows.of(activations(before), columns);
      const Activations wide_rows = rows.of(activations(wide), columns);
      call->first->forward(narrowed(input, narrow, rows), before_rows);
      gelu_forward(as_const(before_rows), wide_rows);
      call->output->forward(as_const(wide_rows), rows.of(floats(norm.sum), width));
      norm.finish(*call, input, scale, shift, rows);
    });
    keep(context, call, {narrow, before, wide, norm.sum, norm.mean, norm.rstd, scale, shift});
    return norm.y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &before = saved[1], &wide = saved[2], &sum = saved[3];
    const Tensor d_y = gradients[0].contiguous();
    NormGradient norm(*call, d_y, sum, saved[4], saved[5], saved[6]);
    Tensor d_wide = torch::empty_like(wide);
    const auto width = static_cast<std::size_t>(sum.size(1));
    const auto columns = static_cast<std::size_t>(wide.size(1));
    for_each_row_block(static_cast<std::size_t>(sum.size(0)), [&](const Rows& rows) {
      norm.rows_of(*call, d_y, sum, saved[4], saved[5], saved[6], saved[7], rows);
      const Activations d_rows = rows.of(activations(d_wide), columns);
      call->output->backward(rows.of(activations(std::as_const(norm.d_out)), width), d_rows);
      gelu_backward(call->compute.mode, rows.of(activations(before), columns), as_const(d_rows), d_rows);
      call->first->backward(as_const(d_rows), rows.of(floats(norm.d_sum), width), /*add=*/true);
    });

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
  static Tensor forward(AutogradContext* context, const Tensor& words, const Tensor& positions,
                        const std::optional<Tensor>& types, const Tensor& scale, const Tensor& shift,
                        const PackedTensors& batch, const CallPointer& call) {
    const Tensor ids = batch.ids.to(torch::kInt32);
    Tensor sum = torch::empty({batch.tokens(), words.size(1)}, words.options());
    const std::span<const float> type = types ? floats(*types).first(words.size(1)) : std::span<const float>();
    const std::span<const float> rows = floats(positions).subspan(call->first_position * words.size(1));
    embedding_forward({floats(words), rows, type},
                      {ids.data_ptr<std::int32_t>(), static_cast<std::size_t>(ids.numel())}, call->bounds, {},
                      floats(sum));
    Tensor y = torch::empty_like(sum);
    Tensor mean = torch::empty({sum.size(0)}, sum.options());
    Tensor rstd = torch::empty({sum.size(0)}, sum.options());
    layer_norm_forward(weights_of(scale, shift, call->epsilon), {}, floats(sum), floats(y), floats(mean), floats(rstd));
    if (call->drops()) dropout_add(call->dropout(y), {}, floats(std::as_const(y)), floats(y));
    keep(context, call,
         {batch.ids, batch.positions, sum, mean, rstd, words, positions, types.value_or(Tensor()), scale, shift});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &ids = saved[0], &places = saved[1], &sum = saved[2], &mean = saved[3], &rstd = saved[4];
    const Tensor &words = saved[5], &positions = saved[6], &types = saved[7], &scale = saved[8], &shift = saved[9];
    Tensor d_y = gradients[0].contiguous();
    if (call->drops()) {
      const Tensor d_dropped = d_y;
      d_y = torch::empty_like(d_dropped);
      dropout_backward(call->dropout(d_y), floats(d_dropped), floats(d_y));
    }
    Tensor d_scale = torch::zeros_like(scale);
    Tensor d_shift = torch::zeros_like(shift);
    add_layer_norm_gradients(floats(sum), floats(mean), floats(rstd), floats(std::as_const(d_y)), floats(d_scale),
                             floats(d_shift));
    Tensor d_sum = torch::empty_like(sum);
    layer_norm_backward(call->compute.mode, weights_of(scale, shift, call->epsilon), floats(sum), floats(mean),
                        floats(rstd), floats(std::as_const(d_y)), floats(d_sum));
    const Tensor d_words = torch::sparse_coo_tensor(ids.unsqueeze(0), d_sum, words.sizes());
    const Tensor d_positions = torch::zeros_like(positions).index_add_(0, places + call->first_position, d_sum);
    Tensor d_types;
    if (types.defined()) {
      d_types = torch::zeros_like(types);
      d_types[0] = d_sum.sum(0);
    }
    return {d_words, d_positions, d_types, d_scale, d_shift, {}, {}};
  }
};

}  // namespace

Tensor linear_on_kernels(const Linear& layer, const Tensor& x, const Compute& compute) {
  const CallPointer call = new_call({.type = compute.type}, 0);
  call->first = layer.packed(compute);
  return Product::apply(x, layer.weight, if_there(layer.bias), call);
}

Tensor dropout_on_kernels(const Tensor& x, const Compute& compute) {
  return DroppedOut::apply(x, new_call(compute, 0));
}

Tensor context_on_kernels(const Tensor& qkv, const std::vector<std::int32_t>& bounds, std::int64_t heads,
                          const Compute& compute, const Tensor& term, std::int64_t window) {
  const CallPointer call = new_call({.mode = compute.mode}, 0);
  call->bounds = bounds;
  call->heads = heads;
  call->window = window;
  return Context::apply(qkv, if_there(term), call);
}

Tensor embedding_on_kernels(const EmbeddingBlock& block, const PackedTensors& batch, const Compute& compute) {
  const CallPointer call = new_call(compute, block.norm.epsilon);
  call->bounds = batch.bounds;
  call->first_position = block.first_position;
  return Embedding::apply(block.words, block.positions, if_there(block.types), block.norm.weight, block.norm.bias,
                          batch, call);
}

AttentionBlock::Result attention_on_kernels(const AttentionBlock& block, const Tensor& x, const PackedTensors& batch,
                                            const Compute& compute, const Tensor& relative) {
  const CallPointer call = new_call(compute, block.norm.epsilon);
  call->bounds = batch.bounds;
  call->heads = block.heads;
  call->first = block.qkv.packed(compute);
  call->output = block.output.packed(compute);
  const variable_list result =
      Attention::apply(x, block.qkv.weight, block.qkv.bias, block.output.weight, block.output.bias, block.norm.weight,
                       block.norm.bias, if_there(relative), call);
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
