#include "runtime/classifier.h"

#include <algorithm>
#include <cmath>

#include "kernels/attention.h"
#include "kernels/row_dots.h"
#include "runtime/heads.h"
#include "runtime/mixing_layers.h"
#include "runtime/model.h"

namespace pellucid {
namespace {

using Bounds = std::span<const std::int32_t>;

// d [T, d] at u becomes d at e, everything that gates held fixed.
void decompose_below(const Model& model, const TokenHead& head, const TokenHeadPass& pass, const Encoder::Pass& encoder,
                     Bounds bounds, std::span<float> d, std::span<double> bias) {
  if (head.context) head.context->backward(Backward::exact, pass.context, bounds, d, bias);
  model.encoder.backward(Backward::exact, encoder, bounds, d, bias);
}

// ⟨e_i, d_i⟩ [T]
std::vector<double> row_dots(std::span<const float> e, std::span<const float> d, std::size_t tokens) {
  std::vector<double> dots(tokens);
  add_row_dots(e, d, dots);
  return dots;
}

// The attribution a [T] of y_b with ∂y/∂u_j = direction_b / n_b; empty for Adjust::none.
std::vector<float> attribution_of(const Model& model, const TokenHead& head, const TokenHeadPass& pass,
                                  std::span<const float> direction, const Encoder::Pass* encoder, Bounds bounds) {
  const std::size_t tokens = pass.features.size() / model.hidden_size;
  if (head.adjust == Adjust::none) return {};
  if (head.adjust == Adjust::top) {
    std::vector<float> a(tokens);
    attention_column_sum(pass.context.qkv, bounds, head.context->heads, gradient_times_state(pass, direction, bounds),
                         a);
    return a;
  }
  Buffer d = mean_gradient(direction, bounds);
  std::vector<double> bias(tokens);
  decompose_below(model, head, pass, *encoder, bounds, d, bias);
  const std::vector<double> a = row_dots(encoder->embedded, d, tokens);
  return {a.begin(), a.end()};
}

// One forward pass; `encoder` may be null where the head does not look below H(L).
void run_token_head(const Model& model, const TokenHead& head, HiddenState hidden, const Encoder::Pass* encoder,
                    Bounds bounds, TokenHeadPass& pass) {
  token_head_features(head, std::move(hidden), bounds, pass);
  token_head_logits(head, attribution_of(model, head, pass, pass.direction, encoder, bounds), bounds, pass);
}

// What passes have in common, whatever the head.
class EncoderForward : public ForwardPass {
 public:
  EncoderForward(std::shared_ptr<const Model> model, const PackedBatch& batch)
      : owner_(std::move(model)), bounds_(batch.bounds) {}

  std::size_t mixing_layers() const override { return layers().count(); }
  std::vector<float> attention(std::size_t layer) const override { return layers().weights(layer); }
  std::vector<std::vector<float>> attention_gradients(std::span<const float> functionals, std::size_t from,
                                                      float factor) const override {
    return layers().weight_gradients(from, factor,
                                     [&](const HiddenState* top) { return gradient_at_top(functionals, top); });
  }
  void for_each_mixture(std::size_t layer, const MixtureVisitor& visit) const override {
    layers().for_each_mixture(layer, visit);
  }
  std::vector<float> propagate(std::span<const std::size_t> sources) const override {
    const std::size_t width = model_.hidden_size;
    Buffer s(encoder_.embedded.size());
    std::ranges::fill(s, 0.0F);
    for (std::size_t text = 0; text < sources.size(); ++text) {
      const std::size_t i = static_cast<std::size_t>(bounds_[text]) + sources[text];
      if (i >= static_cast<std::size_t>(bounds_[text + 1])) continue;
      std::copy_n(encoder_.embedded.begin() + i * width, width, s.begin() + i * width);
    }
    layers().propagate(s, Biases::left_out);
    return logits_of_stream(s, Biases::left_out);
  }
  std::vector<float> propagate_biases() const override {
    Buffer s(encoder_.embedded.size());
    std::ranges::fill(s, 0.0F);
    layers().propagate(s, Biases::added);
    return logits_of_stream(s, Biases::added);
  }

 protected:
  virtual MixingLayers layers() const = 0;
  // The true ∂f/∂(top state) [T, d] but for w, held fixed; of another top state than the pass's where one is given.
  virtual Buffer gradient_at_top(std::span<const float> functionals, const HiddenState* top) const = 0;
  virtual std::vector<float> logits_of_stream(std::span<const float> s, Biases biases) const = 0;

  std::shared_ptr<const Model> owner_;
  const Model& model_ = *owner_;
  std::vector<std::int32_t> bounds_;
  Encoder::Pass encoder_;
};

class TokenForward : public EncoderForward {
 public:
  TokenForward(std::shared_ptr<const Model> model, const PackedBatch& batch, std::span<const float> words)
      : EncoderForward(std::move(model), batch) {
    HiddenState hidden = model_.encoder.forward(batch, words, &encoder_);
    run_token_head(model_, head_, std::move(hidden), &encoder_, bounds_, pass_);
  }

  std::span<const float> logits() const override { return pass_.logits; }
  std::span<const float> class_bias() const override { return head_.classifier.bias; }

  HeadAttribution head_attribution() const override {
    HeadAttribution result{pass_.scores, pass_.weights, std::vector<float>(pass_.token_logits.size())};
    for (std::size_t i = 0; i < pass_.weights.size(); ++i) {
      for (std::size_t c = 0; c < model_.classes; ++c) {
        result.contributions[i * model_.classes + c] =
            pass_.weights[i] * (pass_.token_logits[i * model_.classes + c] - head_.classifier.bias[c]);
      }
    }
    return result;
  }

  std::vector<float> attribution(std::span<const float> functionals) const override {
    std::vector<float> direction;  // [B, d]
    for (std::size_t text = 0; text + 1 < bounds_.size(); ++text) {
      const auto functional = functionals.subspan(text * model_.classes, model_.classes);
      const std::vector<float> own = class_direction(head_.classifier, functional);
      direction.insert(direction.end(), own.begin(), own.end());
    }
    return attribution_of(model_, head_, pass_, direction, &encoder_, bounds_);
  }

  Decomposition decompose(std::span<const float> functionals) const override {
    std::vector<double> bias(tokens());
    Buffer d = token_head_backward(head_, pass_, functionals, bounds_, bias);
    decompose_below(model_, head_, pass_, encoder_, bounds_, d, bias);
    return {row_dots(encoder_.embedded, d, tokens()), std::move(bias)};
  }

  std::vector<float> gradient(std::span<const float> functionals) const override {
    Buffer d = token_head_backward(head_, pass_, functionals, bounds_, {});
    switch (head_.adjust) {
      case Adjust::top: {
        const std::vector<float> d_a = attribution_gradient(head_, pass_, functionals, bounds_);
        const Buffer d_qkv = column_attribution_backward(head_, pass_, d_a, bounds_, d);
        head_.context->backward(Backward::gradient, pass_.context, bounds_, d, {}, d_qkv);
        model_.encoder.backward(Backward::gradient, encoder_, bounds_, d, {});
        break;
      }
      case Adjust::input: through_decomposition(attribution_gradient(head_, pass_, functionals, bounds_), d); break;
      default: model_.encoder.backward(Backward::gradient, encoder_, bounds_, d, {});
    }
    const Buffer words = model_.encoder.backward_to_words(encoder_, std::move(d));
    return {words.begin(), words.end()};
  }

  std::vector<float> readout() const override { return pass_.weights; }

 protected:
  MixingLayers layers() const override {
    const bool context = head_.context.has_value();
    return {model_.encoder, encoder_, context ? &*head_.context : nullptr, context ? &pass_.context : nullptr, bounds_};
  }
  Buffer gradient_at_top(std::span<const float> functionals, const HiddenState*) const override {
    return token_head_backward(head_, pass_, functionals, bounds_, {});  // the same for every top state
  }
  std::vector<float> logits_of_stream(std::span<const float> s, Biases biases) const override {
    return token_head_stream(head_, pass_, s, bounds_, biases);
  }

 private:
  std::size_t tokens() const { return pass_.weights.size(); }

  // d at u becomes d at e, with what d_a = ∂f/∂a owes through a_i = ⟨e_i, J_fixedᵀ ∂y/∂u⟩:
  // Σ_i d_a_i a_i = ⟨J_fixed s, ∂y/∂u⟩ for the stream s_i = d_a_i e_i.
  void through_decomposition(std::span<const float> d_a, std::span<float> d) const {
    const std::size_t width = model_.hidden_size;
    Buffer s(d.size());
    for (std::size_t i = 0; i < d.size(); ++i) s[i] = d_a[i / width] * encoder_.embedded[i];
    const Encoder::Stream stream = model_.encoder.stream(encoder_, bounds_, s);
    AttentionBlock::Stream context;
    head_.context->stream(pass_.context, bounds_, s, context);
    Buffer d_s = mean_gradient(pass_.direction, bounds_);
    head_.context->stream_backward(pass_.context, context, bounds_, d_s, d);
    model_.encoder.stream_backward(encoder_, stream, bounds_, d_s, d);
    for (std::size_t i = 0; i < d.size(); ++i) d[i] += d_a[i / width] * d_s[i];
  }

  const TokenHead& head_ = std::get<TokenHead>(model_.head);
  TokenHeadPass pass_;
};

class PoolerForward : public EncoderForward {
 public:
  PoolerForward(std::shared_ptr<const Model> model, const PackedBatch& batch, std::span<const float> words)
      : EncoderForward(std::move(model), batch) {
    pooler_head_forward(head_, model_.encoder.forward(batch, words, &encoder_).values, bounds_, pass_);
  }

  std::span<const float> logits() const override { return pass_.logits; }
  std::span<const float> class_bias() const override { return head_.classifier.bias; }
  HeadAttribution head_attribution() const override { return {}; }
  std::vector<float> attribution(std::span<const float>) const override { return {}; }

  Decomposition decompose(std::span<const float> functionals) const override {
    const auto tokens = static_cast<std::size_t>(bounds_.back());
    std::vector<double> bias(tokens);
    Buffer d = pooler_head_backward(head_, pass_, Backward::exact, functionals, bounds_, bias);
    model_.encoder.backward(Backward::exact, encoder_, bounds_, d, bias);
    return {row_dots(encoder_.embedded, d, tokens), std::move(bias)};
  }

  std::vector<float> gradient(std::span<const float> functionals) const override {
    Buffer d = pooler_head_backward(head_, pass_, Backward::gradient, functionals, bounds_, {});
    model_.encoder.backward(Backward::gradient, encoder_, bounds_, d, {});
    const Buffer words = model_.encoder.backward_to_words(encoder_, std::move(d));
    return {words.begin(), words.end()};
  }

  std::vector<float> readout() const override { return pooler_head_readout(head_, bounds_); }

 protected:
  MixingLayers layers() const override { return {model_.encoder, encoder_, nullptr, nullptr, bounds_}; }
  Buffer gradient_at_top(std::span<const float> functionals, const HiddenState* top) const override {
    if (top == nullptr) return pooler_head_backward(head_, pass_, Backward::gradient, functionals, bounds_, {});
    PoolerHeadPass pass;
    pooler_head_forward(head_, top->values, bounds_, pass);
    return pooler_head_backward(head_, pass, Backward::gradient, functionals, bounds_, {});
  }
  std::vector<float> logits_of_stream(std::span<const float> s, Biases biases) const override {
    return pooler_head_stream(head_, pass_, s, bounds_, biases);
  }

 private:
  const PoolerHead& head_ = std::get<PoolerHead>(model_.head);
  PoolerHeadPass pass_;
};

class EncoderClassifier : public Classifier {
 public:
  EncoderClassifier(ModelFolder folder, Tokenizer tokenizer, std::shared_ptr<const Model> model, Precision precision,
                    std::size_t max_length)
      : folder_(std::move(folder)),
        tokenizer_(std::move(tokenizer)),
        model_(std::move(model)),
        precision_(precision),
        max_length_(max_length) {}

  const LabelSet& labels() const override { return folder_.head->labels; }
  Adjust adjust() const override { return folder_.head->adjust; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  std::size_t max_length() const override { return max_length_; }
  std::size_t hidden_size() const override { return model_->encoder.embedding_width(); }
  Precision precision() const override { return precision_; }
  const std::string& weights_sha256() const override { return folder_.weights_sha256; }

  std::vector<float> logits(const PackedBatch& batch) override {
    if (const auto* head = std::get_if<PoolerHead>(&model_->head)) {
      PoolerHeadPass pass;
      pooler_head_forward(*head, model_->encoder.forward(batch, {}, nullptr).values, batch.bounds, pass);
      return std::move(pass.logits);
    }
    const TokenHead& head = std::get<TokenHead>(model_->head);
    Encoder::Pass encoder;
    Encoder::Pass* kept = head.adjust == Adjust::input ? &encoder : nullptr;
    TokenHeadPass pass;
    run_token_head(*model_, head, model_->encoder.forward(batch, {}, kept), kept, batch.bounds, pass);
    return std::move(pass.logits);
  }

  std::unique_ptr<ForwardPass> forward(const PackedBatch& batch, std::span<const float> word_embeddings) override {
    if (std::holds_alternative<PoolerHead>(model_->head)) {
      return std::make_unique<PoolerForward>(model_, batch, word_embeddings);
    }
    return std::make_unique<TokenForward>(model_, batch, word_embeddings);
  }

  std::vector<float> word_embeddings(std::span<const std::int32_t> ids) const override {
    const std::size_t d = hidden_size();
    std::vector<float> rows(ids.size() * d);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      std::ranges::copy(model_->encoder.embeddings.words.subspan(static_cast<std::size_t>(ids[i]) * d, d),
                        rows.begin() + static_cast<std::ptrdiff_t>(i * d));
    }
    return rows;
  }

 private:
  ModelFolder folder_;
  Tokenizer tokenizer_;
  std::shared_ptr<const Model> model_;
  Precision precision_;
  std::size_t max_length_;
};

}  // namespace

Result<void> check_precision(Precision precision) {
  if (cpu_has(precision)) return {};
  return fail(
      ErrorCode::unsupported,
      "expected a CPU that multiplies " + std::string(name_of(precision)) +
          " (with AVX-512 BF16), found one that does not, or ONEDNN_MAX_CPU_ISA forbids it; use --precision fp32",
      "--precision");
}

Result<std::size_t> length_of(const ModelFolder& folder, const LoadOptions& options) {
  const auto longest = static_cast<std::size_t>(folder.encoder.max_length());
  const std::size_t max_length = options.max_length == 0 ? folder.max_length : options.max_length;
  if (max_length < 3 || max_length > longest) {
    return fail(ErrorCode::usage,
                "expected a length from 3 to " + std::to_string(longest) +
                    " tokens, which this model's "
                    "position embeddings allow, found " +
                    std::to_string(max_length),
                "--max-length");
  }
  return max_length;
}

Result<std::unique_ptr<Classifier>> load_classifier(const std::string& name_or_path, const LoadOptions& options) {
  PELLUCID_CHECK(check_precision(options.precision));
  PELLUCID_TRY(ModelFolder folder, open_model_folder(name_or_path));
  PELLUCID_TRY(const std::size_t max_length, length_of(folder, options));
  PELLUCID_TRY(std::unique_ptr<Model> model, Model::load(folder, options.precision, options.weights));
  PELLUCID_TRY(Tokenizer tokenizer, Tokenizer::load(folder.path));
  return std::make_unique<EncoderClassifier>(std::move(folder), std::move(tokenizer), std::move(model),
                                             options.precision, max_length);
}

std::vector<double> softmax(std::span<const float> logits) {
  const double largest = *std::ranges::max_element(logits);
  std::vector<double> p(logits.size());
  double sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) sum += p[c] = std::exp(logits[c] - largest);
  for (double& value : p) value /= sum;
  return p;
}

std::int32_t argmax(std::span<const float> values) {
  return static_cast<std::int32_t>(std::ranges::max_element(values) - values.begin());
}

Result<void> check_finite(std::span<const float> logits, const std::string& where) {
  for (const float logit : logits) {
    if (!std::isfinite(logit)) {
      return fail(ErrorCode::numeric,
                  "expected finite logits, found NaN or infinity; the model's weights are damaged or overflow", where);
    }
  }
  return {};
}

}  // namespace pellucid
