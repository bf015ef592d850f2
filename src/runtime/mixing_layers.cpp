#include "runtime/mixing_layers.h"

#include <algorithm>

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "progress/interrupt.h"

namespace pellucid {
namespace {

// v_i^h W_O [T, d] of one head: what tokens hand on through it.
Buffer values_through_head(const AttentionBlock& block, const AttentionBlock::Pass& pass, std::size_t head) {
  const auto width = static_cast<std::size_t>(block.output.out());
  const std::size_t head_size = width / static_cast<std::size_t>(block.heads);
  const std::size_t tokens = pass.sum.size() / width;
  Buffer qkv(3 * pass.sum.size());
  to_fp32(pass.qkv, qkv);
  Buffer own(pass.sum.size());
  std::ranges::fill(own, 0.0F);
  for (std::size_t i = 0; i < tokens; ++i) {
    std::copy_n(qkv.data() + (3 * i + 2) * width + head * head_size, head_size,
                own.data() + i * width + head * head_size);
  }
  Buffer handed_on(pass.sum.size());
  block.output.linear(own, handed_on);
  return handed_on;
}

// term [d] += Σ_h A^h values^h, one pair of tokens; `a` holds A^h every `stride`.
PELLUCID_CLONES void add_term(const float* a, std::size_t stride, const float* const* values, std::size_t heads,
                              std::size_t d, float* term) {
  for (std::size_t h = 0; h < heads; ++h) {
    const float weight = a[h * stride];
    const float* value = values[h];
    for (std::size_t k = 0; k < d; ++k) term[k] += weight * value[k];
  }
}

}  // namespace

std::vector<std::vector<float>> MixingLayers::weight_gradients(
    std::size_t from, float factor, const std::function<Buffer(const HiddenState*)>& top_gradient) const {
  const std::size_t in_encoder = encoder_.layers.size();
  Encoder::Pass anew;
  anew.attention.resize(in_encoder);
  anew.feed_forward.resize(in_encoder);
  AttentionBlock::Pass context_anew;
  const Encoder::Pass* passes = &pass_;
  const AttentionBlock::Pass* context_pass = context_pass_;
  HiddenState top;
  if (factor != 1) {
    top = encoder_.state(pass_, std::min(from, in_encoder));
    for (std::size_t l = from; l < in_encoder; ++l) {
      encoder_.layers[l].attention.forward(top, bounds_, &anew.attention[l], l == from ? factor : 1);
      encoder_.layers[l].feed_forward.forward(top, &anew.feed_forward[l]);
    }
    if (from < in_encoder) encoder_.finish(top, &anew);
    if (context_ != nullptr) context_->forward(top, bounds_, &context_anew, from == in_encoder ? factor : 1);
    passes = &anew;
    context_pass = &context_anew;
  }
  Buffer d = top_gradient(factor != 1 ? &top : nullptr);
  std::vector<std::vector<float>> gradients(count() - from);
  const auto gradient_of = [&](std::size_t layer) -> std::span<float> {
    std::vector<float>& gradient = gradients[layer - from];
    gradient.resize(block(layer).weight_count(bounds_));
    return gradient;
  };
  if (context_ != nullptr) {
    context_->backward(Backward::gradient, *context_pass, bounds_, d, {}, {}, gradient_of(in_encoder));
  }
  if (from < in_encoder) encoder_.backward_from_top(Backward::gradient, *passes, d, {});
  for (std::size_t l = in_encoder; l-- > from;) {
    encoder_.layers[l].feed_forward.backward(Backward::gradient, passes->feed_forward[l], d, {});
    encoder_.layers[l].attention.backward(Backward::gradient, passes->attention[l], bounds_, d, {}, {}, gradient_of(l));
  }
  return gradients;
}

void MixingLayers::for_each_mixture(std::size_t layer, const MixtureVisitor& visit) const {
  stop_if_interrupted();
  const AttentionBlock& block = this->block(layer);
  const AttentionBlock::Pass& pass = this->pass(layer);
  const auto width = static_cast<std::size_t>(block.output.out());
  const auto heads = static_cast<std::size_t>(block.heads);
  const HiddenState x = encoder_.state(pass_, layer);
  const std::vector<float> a = weights(layer);
  std::vector<Buffer> values;
  for (std::size_t h = 0; h < heads; ++h) values.push_back(values_through_head(block, pass, h));

  std::size_t offset = 0;
  for (std::size_t text = 0; text + 1 < bounds_.size(); ++text) {
    const auto begin = static_cast<std::size_t>(bounds_[text]);
    const std::size_t n = static_cast<std::size_t>(bounds_[text + 1]) - begin;
    for_each_block(static_cast<std::ptrdiff_t>(n), 1, [&](std::ptrdiff_t position, std::ptrdiff_t) {
      const auto j = static_cast<std::size_t>(position);
      std::vector<float> terms(n * width);
      std::copy_n(x.values.data() + (begin + j) * width, width, terms.data() + j * width);
      std::vector<const float*> at(heads);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t h = 0; h < heads; ++h) at[h] = values[h].data() + (begin + i) * width;
        add_term(a.data() + offset + j * n + i, n * n, at.data(), heads, width, terms.data() + i * width);
      }
      std::vector<float> y(width);
      if (block.pre_norm) {
        std::ranges::copy(block.output.bias(), y.begin());
        for (std::size_t k = 0; k < terms.size(); ++k) y[k % width] += terms[k];
      } else {
        const std::vector<float> rstd(n, pass.rstd[begin + j]);
        layer_norm_gate_forward(block.norm, rstd, terms, terms);
        std::copy_n(pass.sum.begin() + (begin + j) * width, width, y.begin());
        layer_norm_gate_forward(block.norm, std::span(rstd).first(1), y, y);
        for (std::size_t k = 0; k < width; ++k) y[k] += block.norm.shift[k];
      }
      visit(text, j, y, terms);
    });
    offset += heads * n * n;
  }
}

void MixingLayers::propagate(std::span<float> s, Biases biases) const {
  encoder_.stream(pass_, bounds_, s, biases);
  if (context_ == nullptr) return;
  AttentionBlock::Stream kept;
  context_->stream(*context_pass_, bounds_, s, kept, biases);
}

}  // namespace pellucid
