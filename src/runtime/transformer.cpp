#include "runtime/transformer.h"

#include <algorithm>

#include "kernels/attention.h"
#include "kernels/blocks.h"
#include "kernels/geglu.h"
#include "kernels/gelu.h"
#include "kernels/rotary.h"
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

// ⟨d_t, bias⟩ for a layer whose output gets `bias` added, d [T, d].
void count_bias(const ConstActivations& d, std::span<const float> bias, std::span<double> sums) {
  add_row_dots(d, std::ssize(bias), 0, bias, sums);
}

// What a half of a layer is given and gives.
template <class Block>
std::size_t width_of(const Block& block) {
  return static_cast<std::size_t>(block.output.out());
}

void add_to(std::span<float> sums, std::span<const float> terms) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += terms[i];
}

// d at a block's LayerNorm becomes d at what it is given. exact: its bias is counted.
template <class Block>
void norm_backward(Backward mode, const Block& block, const typename Block::Pass& pass, const Rows& rows,
                   std::span<float> d, std::span<double> bias, std::span<Bf16> rounded = {}) {
  if (mode == Backward::exact) count_bias(d, block.norm.shift, bias);
  layer_norm_backward(mode, block.norm, rows.of(std::span(pass.sum), width_of(block)), rows.of(std::span(pass.mean)),
                      rows.of(std::span(pass.rstd)), d, d, rounded);
}

// The gradient at the sum of x and f, and the same as the operand of a product.
class SumGradient {
 public:
  // d [rows, d] at the block's y becomes it. exact: the biases of the norm after it and of f's output are counted.
  template <class Block>
  SumGradient(Backward mode, const Block& block, const Block::Pass& pass, const Rows& rows, std::span<float> d,
              std::span<double> bias)
      : values_(d), rounded_(narrow(block.output.precision()) ? d.size() : 0) {
    if (!block.pre_norm) {
      norm_backward(mode, block, pass, rows, d, bias, rounded_);
    } else if (rounded_.size() > 0) {
      to_bf16(d, rounded_);
    }
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

// The way of a gradient into f: `product(d, add)` takes it through f's first product, to what that was given, and adds
// it there or not. So d [rows, d] at the sum becomes d at x.
template <class Block, class Product>
void into(Backward mode, const Block& block, const typename Block::Pass& pass, const Rows& rows, std::span<float> d,
          std::span<double> bias, const Product& product) {
  if (!block.pre_norm) return product(d, /*add=*/true);
  Buffer d_normed(d.size());
  product(d_normed, /*add=*/false);
  if (!block.norm.scale.empty()) norm_backward(mode, block, pass, rows, d_normed, bias);
  add_to(d, d_normed);
}

// What a block's pass keeps of its LayerNorm.
template <class Pass>
void keep_sum(Pass& pass, std::size_t tokens, std::size_t width) {
  pass.sum = Buffer(tokens * width);
  pass.mean = Buffer(tokens);
  pass.rstd = Buffer(tokens);
}

// LayerNorm(x), which f is given where the norm comes first.
template <class Block>
HiddenState normed(const Block& block, HiddenState& x, typename Block::Pass* pass) {
  HiddenState y(x.values.size(), block.output.precision());
  if (pass != nullptr) std::ranges::copy(x.values, pass->sum.begin());
  if (block.norm.scale.empty()) {
    std::ranges::copy(x.values, y.values.begin());
    y.round();
  } else if (pass != nullptr) {
    layer_norm_forward(block.norm, {}, x.values, y.values, pass->mean, pass->rstd, y.rounded);
  } else {
    layer_norm_forward(block.norm, {}, x.values, y.values, {}, {}, y.rounded);
  }
  return y;
}

// The end of either half: rows of x become LayerNorm(x + output(wide)), or x + output(wide). `wide` holds those rows
// alone.
template <class Block>
void add_and_norm(const Block& block, const ConstActivations& wide, const Rows& rows, HiddenState& x,
                  typename Block::Pass* pass) {
  const std::size_t width = width_of(block);
  const std::span<float> values = rows.of(std::span(x.values), width);
  if (block.pre_norm) {
    Buffer out(values.size());
    block.output.forward(wide, out);
    return add_to(values, out);
  }
  Buffer unkept(pass != nullptr ? 0 : rows.count * width);
  const std::span<float> sum = pass != nullptr ? rows.of(std::span(pass->sum), width) : std::span(unkept);
  block.output.forward(wide, sum);
  layer_norm_forward(block.norm, values, sum, values, pass != nullptr ? rows.of(std::span(pass->mean)) : sum.first(0),
                     pass != nullptr ? rows.of(std::span(pass->rstd)) : sum.first(0),
                     rows.of(std::span(x.rounded), width));
}

// A stream on its way into f: s, or s through the gate of a norm that comes first.
template <class Block>
Buffer stream_into(const Block& block, const typename Block::Pass& pass, std::span<const float> s,
                   typename Block::Stream& stream, Biases biases) {
  Buffer given(s.size());
  std::ranges::copy(s, given.begin());
  if (!block.pre_norm) return given;
  std::ranges::copy(s, stream.sum.begin());
  if (!block.norm.scale.empty()) pass_gate(block.norm, biases, pass.rstd, stream.sum, given);
  return given;
}

// And out of it: s becomes s + output(wide), through the gate of a norm that comes after.
template <class Block>
void stream_out(const Block& block, const typename Block::Pass& pass, const ConstActivations& wide, std::span<float> s,
                typename Block::Stream& stream, Biases biases) {
  Buffer out(s.size());
  pass_on(block.output, biases, wide, out);
  add_to(s, out);
  if (block.pre_norm) return;
  std::ranges::copy(s, stream.sum.begin());
  pass_gate(block.norm, biases, pass.rstd, stream.sum, s);
}

// The whole way back of a stream. `f(from_s, from, to_s, to, add)` takes gradients at f's output to what f was given,
// and adds them there or not.
template <class Block, class F>
void stream_backward_through(const Block& block, const typename Block::Pass& pass, const typename Block::Stream& stream,
                             std::span<float> d_s, std::span<float> d, const F& f) {
  if (!block.pre_norm) {
    norm_stream_backward(block.norm, pass.sum, pass.mean, pass.rstd, stream.sum, d_s, d);
    return f(d_s, d, d_s, d, /*add=*/true);
  }
  Buffer d_s_normed(d_s.size());
  Buffer d_normed(d.size());
  f(d_s, d, d_s_normed, d_normed, /*add=*/false);
  if (!block.norm.scale.empty()) {
    norm_stream_backward(block.norm, pass.sum, pass.mean, pass.rstd, stream.sum, d_s_normed, d_normed);
  }
  add_to(d_s, d_s_normed);
  add_to(d, d_normed);
}

// φ of a feed-forward block, on any number of its rows.
void activate(const FeedForwardBlock& block, const ConstActivations& before, const Activations& wide) {
  if (block.gated) return geglu_forward(block.output.in(), before, wide);
  gelu_forward(before, wide);
}
void activate_backward(Backward mode, const FeedForwardBlock& block, const ConstActivations& before,
                       const ConstActivations& d_wide, const Activations& d_before) {
  if (block.gated) return geglu_backward(mode, block.output.in(), before, d_wide, d_before);
  gelu_backward(mode, before, d_wide, d_before);
}
// A stream through φ's gate, and the way back to the gate.
void activate_stream(const FeedForwardBlock& block, const ConstActivations& before, const ConstActivations& stream,
                     const Activations& wide) {
  if (block.gated) return geglu_gate_forward(block.output.in(), before, stream, wide);
  gelu_backward(Backward::exact, before, stream, wide);  // Φ(x) s: its own adjoint
}
void add_gate_gradient(const FeedForwardBlock& block, const ConstActivations& before, const ConstActivations& stream,
                       const ConstActivations& d_wide, const Activations& d_before) {
  if (block.gated) return geglu_gate_backward(block.output.in(), before, stream, d_wide, d_before);
  gelu_gate_backward(before, stream, d_wide, d_before);
}

}  // namespace

void pass_gate(const LayerNormWeights& norm, Biases biases, std::span<const float> rstd, std::span<const float> sum,
               std::span<float> s) {
  layer_norm_gate_forward(norm, rstd, sum, s);
  if (biases == Biases::left_out) return;
  const std::size_t width = norm.shift.size();
  for (std::size_t k = 0; k < s.size(); ++k) s[k] += norm.shift[k % width];
}

void norm_stream_backward(const LayerNormWeights& norm, std::span<const float> sum, std::span<const float> mean,
                          std::span<const float> rstd, std::span<const float> stream_sum, std::span<float> d_s,
                          std::span<float> d) {
  layer_norm_backward(Backward::gradient, norm, sum, mean, rstd, d, d);
  layer_norm_gate_backward(norm, sum, mean, rstd, stream_sum, d_s, d);
  layer_norm_backward(Backward::exact, norm, sum, mean, rstd, d_s, d_s);
}

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
  const std::size_t width = width_of(*this);
  ActivationBuffer projected(3 * size, qkv.precision());
  ActivationBuffer context(size, qkv.precision());
  if (pass != nullptr) keep_sum(*pass, size / width, width);
  if (pre_norm) {
    qkv.forward(normed(*this, x, pass).operand(), projected);
  } else {
    qkv.forward(x.operand(), projected);
  }
  if (!rotary.empty()) rotate(Turn::forwards, rotary, bounds, heads, projected);
  attention_forward(projected, bounds, heads, context, {}, relative);
  if (factor != 1) scale(factor, context);
  if (pass != nullptr) pass->qkv = std::move(projected);
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
  const std::size_t width = width_of(*this);
  const bool exact = mode == Backward::exact;
  ActivationBuffer d_context(d.size(), qkv.precision());
  ActivationBuffer d_qkv(3 * d.size(), qkv.precision());
  for_each_row_block(d.size() / width, [&](const Rows& rows) {
    const std::span<float> d_rows = rows.of(d, width);
    const SumGradient d_sum(mode, *this, pass, rows, d_rows, rows.of(bias));
    output.backward(d_sum.operand(), rows.of(Activations(d_context), width));
  });
  if (!d_weights.empty()) attention_weight_gradient(pass.qkv, bounds, heads, d_context, d_weights);
  attention_backward(mode, pass.qkv, bounds, heads, d_context, d_qkv, relative);
  if (exact) {
    add_row_dots(d_qkv, static_cast<std::int64_t>(3 * width), static_cast<std::int64_t>(kValue * width),
                 qkv.bias(kValue), bias);
  } else {
    if (!d_qkv_owed.empty()) add(d_qkv_owed, d_qkv);
    if (!rotary.empty()) rotate(Turn::back, rotary, bounds, heads, d_qkv);
  }
  into(mode, *this, pass, {0, d.size() / width}, d, bias, [&](std::span<float> d_x, bool added) {
    if (exact) return qkv.backward_part(kValue, d_qkv, d_x, added);
    qkv.backward(d_qkv, d_x, added);
  });
}

void AttentionBlock::stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s, Stream& stream,
                            Biases biases) const {
  stop_if_interrupted();
  const std::size_t width = width_of(*this);
  stream = {ActivationBuffer(3 * s.size(), qkv.precision()), Buffer(s.size())};
  pass_on(qkv, biases, stream_into(*this, pass, s, stream, biases), stream.qkv);
  copy_columns(pass.qkv, kValue * width, 3 * width, stream.qkv);  // q and k are the pass's
  ActivationBuffer context(s.size(), qkv.precision());
  attention_forward(stream.qkv, bounds, heads, context, {}, relative);
  stream_out(*this, pass, context, s, stream, biases);
}

void AttentionBlock::stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                                     std::span<float> d_s, std::span<float> d) const {
  stop_if_interrupted();
  const std::size_t width = width_of(*this);
  const Precision precision = qkv.precision();
  stream_backward_through(
      *this, pass, stream, d_s, d,
      [&](std::span<const float> from_s, std::span<const float> from, std::span<float> to_s, std::span<float> to,
          bool added) {
        ActivationBuffer d_context(d.size(), precision);
        ActivationBuffer d_stream_qkv(3 * d.size(), precision);
        output.backward(from_s, d_context);
        attention_backward(Backward::gradient, stream.qkv, bounds, heads, d_context, d_stream_qkv, relative);
        ActivationBuffer d_qkv(3 * d.size(), precision);
        output.backward(from, d_context);
        attention_backward(Backward::gradient, pass.qkv, bounds, heads, d_context, d_qkv, relative);
        qkv.backward_part(kValue, d_stream_qkv, to_s, added);
        // Both streams use the same q and k; of v, what reached the stream's is not this one's.
        std::visit(
            [&](auto values) {
              for (std::size_t row = 0; row < values.size(); row += 3 * width) {
                std::fill_n(values.begin() + row + kValue * width, width, typename decltype(values)::value_type{});
              }
            },
            Activations(d_stream_qkv));
        add(d_stream_qkv, d_qkv);
        if (!rotary.empty()) rotate(Turn::back, rotary, bounds, heads, d_qkv);
        qkv.backward(d_qkv, to, added);
      });
}

void FeedForwardBlock::forward(HiddenState& x, Pass* pass) const {
  const std::size_t width = width_of(*this);
  const std::size_t tokens = x.values.size() / width;
  const auto columns = static_cast<std::size_t>(intermediate.out());
  if (pass != nullptr) {
    keep_sum(*pass, tokens, width);
    pass->intermediate = ActivationBuffer(tokens * columns, intermediate.precision());
  }
  const HiddenState first = pre_norm ? normed(*this, x, pass) : HiddenState();
  const ConstActivations given = pre_norm ? first.operand() : x.operand();
  for_each_row_block(tokens, [&](const Rows& rows) {
    ActivationBuffer wide(rows.count * static_cast<std::size_t>(output.in()), intermediate.precision());
    ActivationBuffer twice(gated && pass == nullptr ? rows.count * columns : 0, intermediate.precision());
    const Activations unkept = gated ? Activations(twice) : Activations(wide);  // GELU in place
    const Activations before = pass != nullptr ? rows.of(Activations(pass->intermediate), columns) : unkept;
    intermediate.forward(rows.of(given, width), before);
    activate(*this, as_const(before), wide);
    add_and_norm(*this, wide, rows, x, pass);
  });
}

void FeedForwardBlock::backward(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const {
  const std::size_t width = width_of(*this);
  const auto columns = static_cast<std::size_t>(intermediate.out());
  const bool exact = mode == Backward::exact;
  for_each_row_block(d.size() / width, [&](const Rows& rows) {
    const std::span<float> d_rows = rows.of(d, width);
    const std::span<double> bias_rows = rows.of(bias);
    const SumGradient d_sum(mode, *this, pass, rows, d_rows, bias_rows);
    ActivationBuffer d_wide(rows.count * static_cast<std::size_t>(output.in()), output.precision());
    ActivationBuffer twice(gated ? rows.count * columns : 0, output.precision());
    const Activations d_before = gated ? Activations(twice) : Activations(d_wide);  // GELU in place
    output.backward(d_sum.operand(), d_wide);
    activate_backward(mode, *this, rows.of(ConstActivations(pass.intermediate), columns), d_wide, d_before);
    if (exact) count_bias(as_const(d_before), intermediate.bias(), bias_rows);
    into(mode, *this, pass, rows, d_rows, bias_rows,
         [&](std::span<float> d_x, bool added) { intermediate.backward(as_const(d_before), d_x, added); });
  });
}

void FeedForwardBlock::stream(const Pass& pass, std::span<float> s, Stream& stream, Biases biases) const {
  const std::size_t tokens = s.size() / width_of(*this);
  stream = {ActivationBuffer(size_of(pass.intermediate), output.precision()), Buffer(s.size())};
  pass_on(intermediate, biases, stream_into(*this, pass, s, stream, biases), stream.intermediate);
  ActivationBuffer wide(tokens * static_cast<std::size_t>(output.in()), output.precision());
  activate_stream(*this, pass.intermediate, stream.intermediate, wide);
  stream_out(*this, pass, wide, s, stream, biases);
}

void FeedForwardBlock::stream_backward(const Pass& pass, const Stream& stream, std::span<float> d_s,
                                       std::span<float> d) const {
  const std::size_t size = size_of(pass.intermediate);
  const std::size_t wide = d.size() / width_of(*this) * static_cast<std::size_t>(output.in());
  const Precision precision = output.precision();
  stream_backward_through(*this, pass, stream, d_s, d,
                          [&](std::span<const float> from_s, std::span<const float> from, std::span<float> to_s,
                              std::span<float> to, bool added) {
                            ActivationBuffer d_gated(wide, precision);
                            output.backward(from_s, d_gated);
                            ActivationBuffer d_wide(wide, precision);
                            output.backward(from, d_wide);
                            ActivationBuffer d_before(size, precision);
                            activate_backward(Backward::gradient, *this, pass.intermediate, d_wide, d_before);
                            add_gate_gradient(*this, pass.intermediate, stream.intermediate, d_gated, d_before);
                            ActivationBuffer d_stream(size, precision);
                            activate_backward(Backward::exact, *this, pass.intermediate, d_gated, d_stream);
                            intermediate.backward(d_stream, to_s, added);
                            intermediate.backward(d_before, to, added);
                          });
}

}  // namespace pellucid
