#include "runtime/transformer.h"

#include <algorithm>

#include "kernels/attention.h"
#include "kernels/gelu.h"
#include "kernels/row_dots.h"

namespace pellucid {
namespace {

constexpr std::size_t kValue = 2;  // among the parts of qkv

void add(std::span<const float> from, std::span<float> to) {
  std::ranges::transform(from, to, to.begin(), std::plus());
}

// ⟨d_t, bias⟩ for a layer whose output gets `bias` added, d [T, stride].
void count_bias(std::span<const float> d, std::size_t stride, std::span<const float> bias, std::span<double> sums) {
  add_row_dots(d, static_cast<std::int64_t>(stride), bias, sums);
}

}  // namespace

void AttentionBlock::forward(std::span<float> x, std::span<const std::int32_t> bounds, Pass& pass) const {
  const std::size_t tokens = x.size() / norm.scale.size();
  pass = {Buffer(3 * x.size()), Buffer(x.size()), Buffer(tokens), Buffer(tokens)};
  Buffer context(x.size());
  qkv.forward(x, pass.qkv);
  attention_forward(pass.qkv, bounds, heads, context);
  output.forward(context, pass.sum);
  layer_norm_forward(norm, x, pass.sum, x, pass.mean, pass.rstd);
}

void AttentionBlock::backward(Backward mode, const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> d,
                              std::span<double> bias, std::span<const float> d_qkv_owed) const {
  const std::size_t width = norm.scale.size();
  const bool exact = mode == Backward::exact;
  if (exact) count_bias(d, width, norm.shift, bias);
  layer_norm_backward(mode, norm, pass.sum, pass.mean, pass.rstd, d, d);
  if (exact) count_bias(d, width, output.bias(), bias);
  Buffer d_context(d.size());
  Buffer d_qkv(3 * d.size());
  output.backward(d, d_context);
  attention_backward(mode, pass.qkv, bounds, heads, d_context, d_qkv);
  Buffer& d_x = d_context;
  if (exact) {
    const std::span<const float> d_v = std::span<const float>(d_qkv).subspan(kValue * width);
    count_bias(d_v, 3 * width, qkv.bias(kValue), bias);
    qkv.backward_part(kValue, d_qkv, d_x);
  } else {
    if (!d_qkv_owed.empty()) add(d_qkv_owed, d_qkv);
    qkv.backward(d_qkv, d_x);
  }
  add(d_x, d);
}

void AttentionBlock::stream(const Pass& pass, std::span<const std::int32_t> bounds, std::span<float> s,
                            Stream& stream) const {
  const std::size_t width = norm.scale.size();
  stream = {Buffer(3 * s.size()), Buffer(s.size())};
  qkv.linear(s, stream.qkv);
  for (std::size_t row = 0; row < s.size() / width; ++row) {  // q and k are the pass's
    std::copy_n(pass.qkv.begin() + row * 3 * width, kValue * width, stream.qkv.begin() + row * 3 * width);
  }
  Buffer context(s.size());
  attention_forward(stream.qkv, bounds, heads, context);
  output.linear(context, stream.sum);
  add(s, stream.sum);
  layer_norm_gate_forward(norm, pass.rstd, stream.sum, s);
}

void AttentionBlock::stream_backward(const Pass& pass, const Stream& stream, std::span<const std::int32_t> bounds,
                                     std::span<float> d_s, std::span<float> d) const {
  const std::size_t width = norm.scale.size();
  layer_norm_backward(Backward::gradient, norm, pass.sum, pass.mean, pass.rstd, d, d);
  layer_norm_gate_backward(norm, pass.sum, pass.mean, pass.rstd, stream.sum, d_s, d);
  layer_norm_backward(Backward::exact, norm, pass.sum, pass.mean, pass.rstd, d_s, d_s);

  Buffer d_context(d.size());
  Buffer d_stream_qkv(3 * d.size());
  output.backward(d_s, d_context);
  attention_backward(Backward::gradient, stream.qkv, bounds, heads, d_context, d_stream_qkv);
  Buffer d_qkv(3 * d.size());
  output.backward(d, d_context);
  attention_backward(Backward::gradient, pass.qkv, bounds, heads, d_context, d_qkv);
  for (std::size_t row = 0; row < d.size() / width; ++row) {  // both streams use the same q and k
    for (std::size_t k = 0; k < kValue * width; ++k) d_qkv[row * 3 * width + k] += d_stream_qkv[row * 3 * width + k];
  }

  Buffer& d_x = d_context;
  qkv.backward_part(kValue, d_stream_qkv, d_x);
  add(d_x, d_s);
  qkv.backward(d_qkv, d_x);
  add(d_x, d);
}

void FeedForwardBlock::forward(std::span<float> x, Pass& pass) const {
  const std::size_t tokens = x.size() / norm.scale.size();
  pass = {Buffer(tokens * static_cast<std::size_t>(intermediate.out())), Buffer(x.size()), Buffer(tokens),
          Buffer(tokens)};
  Buffer wide(pass.intermediate.size());
  intermediate.forward(x, pass.intermediate);
  gelu_forward(pass.intermediate, wide);
  output.forward(wide, pass.sum);
  layer_norm_forward(norm, x, pass.sum, x, pass.mean, pass.rstd);
}

void FeedForwardBlock::backward(Backward mode, const Pass& pass, std::span<float> d, std::span<double> bias) const {
  const std::size_t width = norm.scale.size();
  const bool exact = mode == Backward::exact;
  if (exact) count_bias(d, width, norm.shift, bias);
  layer_norm_backward(mode, norm, pass.sum, pass.mean, pass.rstd, d, d);
  if (exact) count_bias(d, width, output.bias(), bias);
  Buffer d_wide(pass.intermediate.size());
  output.backward(d, d_wide);
  gelu_backward(mode, pass.intermediate, d_wide, d_wide);
  if (exact) count_bias(d_wide, static_cast<std::size_t>(intermediate.out()), intermediate.bias(), bias);
  Buffer d_x(d.size());
  intermediate.backward(d_wide, d_x);
  add(d_x, d);
}

void FeedForwardBlock::stream(const Pass& pass, std::span<float> s, Stream& stream) const {
  stream = {Buffer(pass.intermediate.size()), Buffer(s.size())};
  intermediate.linear(s, stream.intermediate);
  Buffer wide(pass.intermediate.size());
  gelu_backward(Backward::exact, pass.intermediate, stream.intermediate, wide);  // Φ(x) s: its own adjoint
  output.linear(wide, stream.sum);
  add(s, stream.sum);
  layer_norm_gate_forward(norm, pass.rstd, stream.sum, s);
}

void FeedForwardBlock::stream_backward(const Pass& pass, const Stream& stream, std::span<float> d_s,
                                       std::span<float> d) const {
  layer_norm_backward(Backward::gradient, norm, pass.sum, pass.mean, pass.rstd, d, d);
  layer_norm_gate_backward(norm, pass.sum, pass.mean, pass.rstd, stream.sum, d_s, d);
  layer_norm_backward(Backward::exact, norm, pass.sum, pass.mean, pass.rstd, d_s, d_s);

  Buffer d_gated(pass.intermediate.size());
  output.backward(d_s, d_gated);
  Buffer d_wide(pass.intermediate.size());
  output.backward(d, d_wide);
  gelu_backward(Backward::gradient, pass.intermediate, d_wide, d_wide);
  gelu_gate_backward(pass.intermediate, stream.intermediate, d_gated, d_wide);
  gelu_backward(Backward::exact, pass.intermediate, d_gated, d_gated);

  Buffer d_x(d.size());
  intermediate.backward(d_gated, d_x);
  add(d_x, d_s);
  intermediate.backward(d_wide, d_x);
  add(d_x, d);
}

}  // namespace pellucid
