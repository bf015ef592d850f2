#include "train/sequence_layers.h"

#include <torch/autograd.h>

#include <limits>

#include "kernels/causal_convolution.h"
#include "kernels/selective_scan.h"
#include "train/kept_call.h"
#include "train/kernel_blocks.h"
#include "train/tensor_spans.h"

namespace pellucid::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Call : torch::CustomClassHolder {
  std::vector<std::int32_t> bounds;
  ReadingOrder order;

  Call(std::vector<std::int32_t> text_bounds, ReadingOrder reading) : bounds(std::move(text_bounds)), order(reading) {}
};
using CallPointer = c10::intrusive_ptr<Call>;

class Convolution : public torch::autograd::Function<Convolution> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const CallPointer& call) {
    const Tensor input = x.contiguous();
    Tensor y = torch::empty_like(input);
    causal_convolution_forward({floats(weight), floats(bias)}, call->bounds, call->order, floats(input), floats(y));
    keep(context, call, {input, weight, bias});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor d_y = gradients[0].contiguous();
    Tensor d_x = torch::empty_like(x);
    Tensor d_weight = torch::zeros_like(weight);
    Tensor d_bias = torch::zeros_like(bias);
    causal_convolution_backward({floats(weight), floats(bias)}, call->bounds, call->order, floats(x), floats(d_y),
                                floats(d_x), floats(d_weight), floats(d_bias));
    return {d_x, d_weight, d_bias, {}};
  }
};

// The tensors in the order of ScanTensors.
SelectiveScan<float> scan_of(const variable_list& t) {
  return {floats(t[0]), floats(t[1]), floats(t[2]), floats(t[3]), floats(t[4]), floats(t[5])};
}

class Scan : public torch::autograd::Function<Scan> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& step, const Tensor& a, const Tensor& b,
                        const Tensor& c, const Tensor& skip, const CallPointer& call) {
    const variable_list inputs = {x.contiguous(), step.contiguous(), a.contiguous(),
                                  b.contiguous(), c.contiguous(),    skip.contiguous()};
    Tensor y = torch::empty_like(inputs[0]);
    selective_scan_forward(scan_of(inputs), call->bounds, call->order, floats(y));
    keep(context, call, inputs);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const CallPointer call = kept<Call>(context);
    const variable_list saved = context->get_saved_variables();
    const Tensor d_y = gradients[0].contiguous();
    variable_list d;
    for (const Tensor& value : saved) d.push_back(torch::zeros_like(value));
    selective_scan_backward(scan_of(saved), call->bounds, call->order, floats(d_y),
                            {floats(d[0]), floats(d[1]), floats(d[3]), floats(d[4]), floats(d[2]), floats(d[5])});
    d.emplace_back();
    return d;
  }
};

// Rows of a text in reading order, and back again.
Tensor read(const Tensor& rows, ReadingOrder order) {
  return order == ReadingOrder::forward ? rows : rows.flip(0);
}

}  // namespace

Tensor causal_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const PackedTensors& batch,
                          ReadingOrder order) {
  if (on_kernels(x)) return Convolution::apply(x, weight, bias, c10::make_intrusive<Call>(batch.bounds, order));
  std::vector<Tensor> texts;
  for (const Tensor& own : rows_by_text(x, batch.bounds)) {
    const Tensor rows = read(own, order);
    const Tensor padded = torch::constant_pad_nd(rows, {0, 0, kConvolutionWidth - 1, 0});
    Tensor sum = bias.expand_as(rows);
    for (std::int64_t j = 0; j < kConvolutionWidth; ++j) {
      sum = sum + weight.select(1, j) * padded.slice(0, j, j + rows.size(0));
    }
    texts.push_back(read(torch::silu(sum), order));
  }
  return torch::cat(texts);
}

Tensor selective_scan(const ScanTensors& scan, const PackedTensors& batch, ReadingOrder order) {
  if (on_kernels(scan.x)) {
    return Scan::apply(scan.x, scan.step, scan.a, scan.b, scan.c, scan.skip,
                       c10::make_intrusive<Call>(batch.bounds, order));
  }
  const Tensor delta = torch::softplus(scan.step);
  std::vector<Tensor> y(static_cast<std::size_t>(batch.tokens()));
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    const TextRows rows{batch.bounds[text], batch.bounds[text + 1], order};
    Tensor h = torch::zeros_like(scan.a);
    for (std::int64_t i = 0; i < rows.size(); ++i) {
      const std::int64_t t = rows.row(i);
      const Tensor taken = (delta[t] * scan.x[t]).unsqueeze(1) * scan.b[t];
      h = (delta[t].unsqueeze(1) * scan.a).exp() * h + taken;
      y[static_cast<std::size_t>(t)] = torch::mv(h, scan.c[t]) + scan.skip * scan.x[t];
    }
  }
  return torch::stack(y);
}

Tensor hidden_attention(const ScanTensors& scan, const TextRows& rows, std::int64_t first, std::int64_t count) {
  const auto in_order = [&](const Tensor& x) { return read(x.slice(0, rows.begin, rows.end), rows.order); };
  const Tensor delta = torch::softplus(in_order(scan.step).narrow(1, first, count)).t();  // [count, n]
  const Tensor b = in_order(scan.b);                                                      // [n, N]
  const Tensor c = in_order(scan.c);
  const Tensor a = scan.a.narrow(0, first, count);  // [count, N]
  const Tensor elapsed = delta.cumsum(1);
  const Tensor past = torch::ones({rows.size(), rows.size()}, torch::kBool).tril();
  // Σ_{j < k <= i} Δ_k, [count, n, n]; without end where j is yet to come, so that nothing is left of it.
  const Tensor between = (elapsed.unsqueeze(2) - elapsed.unsqueeze(1))
                             .masked_fill(past.logical_not(), std::numeric_limits<double>::infinity());
  Tensor alpha = torch::zeros_like(between);
  for (std::int64_t n = 0; n < a.size(1); ++n) {
    const Tensor decay = (between * a.select(1, n).view({-1, 1, 1})).exp();
    alpha += decay * c.select(1, n).view({1, -1, 1}) * b.select(1, n).view({1, 1, -1});
  }
  alpha = alpha * delta.unsqueeze(1);
  return rows.order == ReadingOrder::forward ? alpha : alpha.flip({1, 2});
}

}  // namespace pellucid::train
