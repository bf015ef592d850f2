#include "runtime/transformer.h"

#include <algorithm>

#include "kernels/attention.h"
#include "kernels/blocks.h"
#include "kernels/gelu.h"
#include "kernels/row_dots.h"
#include "progress/interrupt.h"

namespace pellucid {
namespace {

constexpr std::size_t kValue = 2;  // among the parts of qkv

// to += from, in the type of `to`.
void add(const ConstActivations& from, const Activations& to) {
  std::visit(
      [](auto terms, auto sums) {
        using T = decltype(sums)::element_type;
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = rounded<T>(to_float(sums[i]) + to_float(terms[i]));
      },
      from, to);
}

// The first `columns` of each row [T, stride]: to = from, one type.
void copy_columns(const ConstActivations& from, std::size_t columns, std::size_t stride, const Activations& to) {
  std::visit(
      [&]<class T>(std::span<T> target) {
        const auto source = std::get<std::span<const T>>(from);
        for (std::size_t row = 0; row < target.size(); row += stride) {
          std::copy_n(source.begin() + row, columns, target.begin() + row);
        }
      },
      to);
}

// values *= factor, in their type.
void scale(float factor, const Activations& values) {
  std::visit(
      [&](auto numbers) {
        using T = decltype(numbers)::element_type;
        for (T& value : numbers) value = rounded<T>(to_float(value) * factor);
      },
      values);
}

// x W, and b where biases are added.
void pass_on(const Linear& layer, Biases biases, const ConstActivations& x, const Activations& y) {
  if (biases == Biases::added) {
    layer.forward(x, y);
  } else {
    layer.linear(x, y);
  }
}

// s becomes γ (sum − mean) rstd, and β where biases are added.
void pass_gate(const LayerNormWeights& norm, Biases biases, std::span<const float> rstd, std::span<const float> sum,
               std::span<float> s) {
  layer_norm_gate_forward(norm, rstd, sum, s);
  if (biases == Biases::left_out) return;
  const std::size_t width = norm.shift.size();
  for (std::size_t k = 0; k < s.size(); ++k) s[k] += norm.shift[k % width];
}

// ⟨d_t, bias⟩ for a layer whose output gets `bias` added, d [T, d].
void count_bias(const ConstActivations& d, std::span<const float> bias, std::span<double> sums) {
  add_row_dots(d, std::ssize(bias), 0, bias, sums);
}

// The gradient at a LayerNorm's input, and the same as the operand of a product.
class NormGradient {
 public:
  // d [rows, d] of the block's pass becomes it. exact: the biases of the norm and of what it is given are counted.
  template <class Block>
  NormGradient(Backward mode, const Block& block, const Block::Pass& pass, const Rows& rows, std::span<float> d,
               std::span<double> bias)
      : values_(d), rounded_(narrow(block.output.precision()) ? d.size() : 0) {
    const std::size_t width = block.norm.scale.size();
    if (mode == Backward::exact) count_bias(d, block.norm.shift, bias);
    layer_norm_backward(mode, block.norm, rows.of(std::span(pass.sum), width), rows.of(std::span(pass.mean)),
                        rows.of(std::span(pass.rstd)), d, d, rounded_);
    if (mode == Backward::exact) count_bias(d, block.output.bias(), bias);
  }
  ConstActivations operand() const {
    if (rounded_.size() == 0) return values_;
    return std::span(rounded_);
  }

 private:
  std::span<const float> values_;
  BufferOf<Bf16> rounded_;
};

// What a block's pass keeps of the sum and its LayerNorm.
template <class Pass>
void keep_sum(Pass& pass, std::size_t tokens, std::size_t width) {
  pass.sum = Buffer(tokens * width);
  pass.mean = Buffer(tokens);
  pass.rstd = Buffer(tokens);
}

// The end of either half: rows of x become LayerNorm(x + output(wide)). `wide` holds those rows alone.
template <class Block>
void add_and_norm(const Block& block, const ConstActivations& wide, const Rows& rows, HiddenState& x,
                  typename Block::Pass* pass) {
  const std::size_t width = block.norm.scale.size();
  Buffer unkept(pass != nullptr ? 0 : rows.count * width);
  const std::span<float> sum = pass != nullptr ? rows.of(std::span(pass->sum), width) : std::span(unkept);
  const std::span<float> values = rows.of(std::span(x.values), width);
  block.output.forward(wide, sum);
  layer_norm_forward(block.norm, values, sum, values, pass != nullptr ? rows.of(std::span(pass->mean)) : sum.first(0),
                     pass != nullptr ? rows.of(std::span(pass->rstd)) : sum.first(0),
                     rows.of(std::span(x.rounded), width));
}

}  // namespace

HiddenState::HiddenState(std::size_t size, Precision precision)
    : values(size), rounded(precision == Precision::bf16 ? size : 0) {}

void HiddenState::round() {
  if (rounded.size() > 0) to_bf16(values, rounded);
}

ConstActivations HiddenState::operand() const {
  if (rounded.size() == 0) return std::span(values);
  return std::span(rounded);
}

void AttentionBlock::forward(HiddenState& x, std::span<const std::int32_t> bounds, Pass* pass, float factor) const {
  stop_if_interrupted();
  const std::size_t size = x.values.size();
  const std::size_t width = norm.scale.size();
  ActivationBuffer projected(3 * size, qkv.precision());
  ActivationBuffer context(size, qkv.precision());
  qkv.forward(x.operand(), projected);
  attention_forward(projected, bounds, heads, context, {}, relative);
  if (factor != 1) scale(factor, context);
  if (pass != nullptr) {
    keep_sum(*pass, size / width, width);
    pass->qkv = std::move(projected);
  }
  for_each_row_block(size / width, [&](const Rows& rows) {
    add_and_norm(*this, rows.of(ConstActivations(context), width), rows, x, pass);
  });
}

std::vector<float> AttentionBlock::weights(const Pass& pass, std::span<const std::int32_t> bounds) const {
  ActivationBuffer context(pass.sum.size(), qkv.precision());
  std::vector<float> weights(weight_count(bounds));
  attention_forward(pass.qkv, bounds, heads, context, weights, relative);
  return weights;
}

std::size_t AttentionBlock::weight_count(std::span<const std::int32_t> bounds) const {
  std::size_t count = 0;
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    const auto n = static_cast<std::size_t>(bounds[text + 1] - bounds[text]);
    count += static_cast<std::size_t>(heads) * n * n;
  }
  return count;
}

void AttentionBlock::backward(Backward mode, const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> d,
                              std::span<double> bias, std::span<const float> d_qkv_owed,
                              std::span<float> d_weights) const {
  stop_if_interrupted();
  const std::size_t width = norm.scale.size();
  const bool exact = mode == Backward::exact;
  ActivationBuffer d_context(d.size(), qkv.precision());
  ActivationBuffer d_qkv(3 * d.size(), qkv.precision());
  for_each_row_block(d.size() / width, [&](const Rows& rows) {
    const std::span<float> d_rows = rows.of(d, width);
    const NormGradient d_sum(mode, *this, pass, rows, d_rows, rows.of(bias));
    output.backward(d_sum.operand(), rows.of(Activations(d_context), width));
  });
  if (!d_weights.empty()) attention_weight_gradient(pass.qkv, bounds, heads, d_context, d_weights);
  attention_backward(mode, pass.qkv, bounds, heads, d_context, d_qkv, relative);
  if (exact) {
    add_row_dots(d_qkv, static_cast<std::int64_t>(3 * width), static_cast<std::int64_t>(kValue * width),
                 qkv.bias(kValue), bias);
    qkv.backward_part(kValue, d_qkv, d, /*add=*/true);
  } else {
    if (!d_qkv_owed.empty()) add(d_qkv_owed, d_qkv);
    qkv.backward(d_qkv, d, /*add=*/true);
  }
}

void AttentionBlock::stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s, Stream& stream,
                            Biases biases) const {
  stop_if_interrupted();
  const std::size_t width = norm.scale.size();
  stream = {ActivationBuffer(3 * s.size(), qkv.precision()), Buffer(s.size())};
  pass_on(qkv, biases, s, stream.qkv);
  copy_columns(pass.qkv, kValue * width, 3 * width, stream.qkv);  // q and k are the pass's
  ActivationBuffer context(s.size(), qkv.precision());
  attention_forward(stream.qkv, bounds, heads, context, {}, relative);
  pass_on(output, biases, context, stream.sum);
  add(s, stream.sum);
  pass_gate(norm, biases, pass.rstd, stream.sum, s);
}

void AttentionBlock::stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                                     std::span<float> d_s, std::span<float> d) const {
  stop_if_interrupted();
  const std::size_t width = norm.scale.size();
  const Precision precision = qkv.precision();
  layer_norm_backward(Backward::gradient, norm, pass.sum, pass.mean, pass.rstd, d, d);
  layer_norm_gate_backward(norm, pass.sum, pass.mean, pass.rstd, stream.sum, d_s, d);
  layer_norm_backward(Backward::exact, norm, pass.sum, pass.mean, pass.rstd, d_s, d_s);

  ActivationBuffer d_context(d.size(), precision);
  ActivationBuffer d_stream_qkv(3 * d.size(), precision);
  output.backward(d_s, d_context);
  attention_backward(Backward::gradient, stream.qkv, bounds, heads, d_context, d_stream_qkv, relative);
  qkv.backward_part(kValue, d_stream_qkv, d_s, /*add=*/true);

  ActivationBuffer d_qkv(3 * d.size(), precision);
  output.backward(d, d_context);
  attention_backward(Backward::gradient, pass.qkv, bounds, heads, d_context, d_qkv, relative);
  // Both streams use the same q and k; of v, what reached the stream's is not this one's.
  std::visit(
      [&](auto values) {
        for (std::size_t row = 0; row < values.size(); row += 3 * width) {
          std::fill_n(values.begin() + row + kValue * width, width, typename decltype(values)::value_type{});
        }
      },
      Activations(d_stream_qkv));
  add(d_stream_qkv, d_qkv);
  qkv.backward(d_qkv, d, /*add=*/true);
}

void FeedForwardBlock::forward(HiddenState& x, Pass* pass) const {
  const std::size_t width = norm.scale.size();
  const std::size_t tokens = x.values.size() / width;
  const auto columns = static_cast<std::size_t>(intermediate.out());
  if (pass != nullptr) {
    keep_sum(*pass, tokens, width);
    pass->intermediate = ActivationBuffer(tokens * columns, intermediate.precision());
  }
  for_each_row_block(tokens, [&](const Rows& rows) {
    ActivationBuffer wide(rows.count * columns, intermediate.precision());
    const Activations before = pass != nullptr ? rows.of(Activations(pass->intermediate), columns) : Activations(wide);
    intermediate.forward(rows.of(x.operand(), width), before);
    gelu_forward(as_const(before), wide);
    add_and_norm(*this, wide, rows, x, pass);
  });
}

void FeedForwardBlock::backward(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const {
  const std::size_t width = norm.scale.size();
  const auto columns = static_cast<std::size_t>(intermediate.out());
  const bool exact = mode == Backward::exact;
  for_each_row_block(d.size() / width, [&](const Rows& rows) {
    const std::span<float> d_rows = rows.of(d, width);
    const std::span<double> bias_rows = rows.of(bias);
    const NormGradient d_sum(mode, *this, pass, rows, d_rows, bias_rows);
    ActivationBuffer d_wide(rows.count * columns, output.precision());
    output.backward(d_sum.operand(), d_wide);
    gelu_backward(mode, rows.of(ConstActivations(pass.intermediate), columns), d_wide, d_wide);
    if (exact) count_bias(d_wide, intermediate.bias(), bias_rows);
    intermediate.backward(d_wide, d_rows, /*add=*/true);
  });
}

void FeedForwardBlock::stream(const Pass& pass, std::span<float> s, Stream& stream, Biases biases) const {
  stream = {ActivationBuffer(size_of(pass.intermediate), output.precision()), Buffer(s.size())};
  pass_on(intermediate, biases, s, stream.intermediate);
  ActivationBuffer wide(size_of(pass.intermediate), output.precision());
  gelu_backward(Backward::exact, pass.intermediate, stream.intermediate, wide);  // Φ(x) s: its own adjoint
  pass_on(output, biases, wide, stream.sum);
  add(s, stream.sum);
  pass_gate(norm, biases, pass.rstd, stream.sum, s);
}

void FeedForwardBlock::stream_backward(const Pass& pass, const Stream& stream, std::span<float> d_s,
                                       std::span<float> d) const {
  layer_norm_backward(Backward::gradient, norm, pass.sum, pass.mean, pass.rstd, d, d);
  layer_norm_gate_backward(norm, pass.sum, pass.mean, pass.rstd, stream.sum, d_s, d);
  layer_norm_backward(Backward::exact, norm, pass.sum, pass.mean, pass.rstd, d_s, d_s);

  const std::size_t size = size_of(pass.intermediate);
  ActivationBuffer d_gated(size, output.precision());
  output.backward(d_s, d_gated);
  ActivationBuffer d_wide(size, output.precision());
  output.backward(d, d_wide);
  gelu_backward(Backward::gradient, pass.intermediate, d_wide, d_wide);
  gelu_gate_backward(pass.intermediate, stream.intermediate, d_gated, d_wide);
  gelu_backward(Backward::exact, pass.intermediate, d_gated, d_gated);

  intermediate.backward(d_gated, d_s, /*add=*/true);
  intermediate.backward(d_wide, d, /*add=*/true);
}

}  // namespace pellucid
