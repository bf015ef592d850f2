#include "export/onnx_head.h"

namespace pellucid {
namespace {

using Value = OnnxGraph::Value;

// Σ_i w_i x_i: [B, S], [B, S, k] to [B, k]
Value weighted_sum(OnnxGraph& graph, const Value& w, const Value& x) {
  const Value row = graph.add("Unsqueeze", {w, graph.integers({1})});
  return graph.add("Squeeze", {graph.add("MatMul", {row, x}), graph.integers({1})});
}

// [B, S] 1/n, 0 at padding
Value uniform_weights(OnnxGraph& graph, const OnnxBatch& batch) {
  return graph.add("Div", {batch.weight, batch.length});
}

// runtime/model.h: h, then φ and its LayerNorm, then classes.
Value pooler_logits(OnnxGraph& graph, OnnxWeights& weights, std::int64_t classes, const OnnxBatch& batch,
                    const Value& hidden) {
  const EncoderConfig& config = weights.config();
  const Architecture::Head& head = config.architecture->head;
  const std::int64_t d = config.hidden_size;
  const Value h = config.pooling == Pooling::mean
                      ? weighted_sum(graph, uniform_weights(graph, batch), hidden)
                      : graph.add("Gather", {hidden, graph.integer(0)}, {{"axis", std::int64_t{1}}});
  const Value dense = weights.linear(std::string(head.dense), d, d, config.head_bias).forward(graph, h);
  Value pooled;
  switch (head.activation) {
    case HeadActivation::tanh: pooled = graph.add("Tanh", {dense}); break;
    case HeadActivation::relu: pooled = graph.add("Relu", {dense}); break;
    case HeadActivation::gelu: pooled = graph.add("Mul", {dense, gelu_gate(graph, dense)}); break;
  }
  if (!head.norm.empty()) pooled = weights.norm(std::string(head.norm), d, config.norm_bias).forward(graph, pooled).y;
  return weights.linear(std::string(head.classifier), classes, d).forward(graph, pooled);
}

// Our heads (runtime/heads.h, method.md sections 1 and 2).
class TokenHeadGraph {
 public:
  TokenHeadGraph(OnnxGraph& graph, OnnxWeights& weights, const HeadConfig& head, const OnnxBatch& batch,
                 const OnnxEncoder& encoder)
      : graph_(graph), weights_(weights), batch_(batch), encoder_(encoder), adjust_(head.adjust) {
    const auto classes = static_cast<std::int64_t>(head.labels.size());
    const std::int64_t d = weights.config().hidden_size;
    classes_ = classes;
    classifier_ = {weights.tensor(head_tensors::kClassifierWeight, {classes, d}),
                   weights.tensor(head_tensors::kClassifierBias, {classes})};
  }

  // Σ_i w_i t_i
  Value logits() {
    Value features = encoder_.hidden;
    if (adjust_ != Adjust::none) {
      read_context();
      features = context_.forward(graph_, features, {.kept = kept_keys(graph_, batch_)}, context_pass_);
    }
    const Value t = classifier_.forward(graph_, features);
    const Value uniform = uniform_weights(graph_, batch_);
    Value mean = weighted_sum(graph_, uniform, t);
    if (adjust_ == Adjust::none) return mean;
    return weighted_sum(graph_, token_weights(uniform, attribution(features, uniform, mean)), t);
  }

 private:
  void read_context() {
    using namespace head_tensors;
    const std::int64_t d = weights_.config().hidden_size;
    const auto linear = [&](const char* weight, const char* bias) {
      return OnnxLinear{weights_.tensor(weight, {d, d}), weights_.tensor(bias, {d})};
    };
    context_ = {.query = linear(kQueryWeight, kQueryBias),
                .key = linear(kKeyWeight, kKeyBias),
                .value = linear(kValueWeight, kValueBias),
                .output = linear(kOutputWeight, kOutputBias),
                .residual = {.norm = {weights_.tensor(kNormWeight, {d}), weights_.tensor(kNormBias, {d}),
                                      static_cast<float>(weights_.config().layer_norm_eps)}},
                .heads = weights_.config().num_attention_heads,
                .width = d};
  }

  // a [B, S] of y = z¹_ĉ − mean_c z¹_c, z¹ = `mean`, ĉ its largest.
  Value attribution(const Value& features, const Value& uniform, const Value& mean) {
    const Value largest = graph_.add("ArgMax", {mean}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
    const Value one_hot = graph_.add("OneHot", {largest, graph_.integer(classes_), zero_and_one()});
    const Value contrast = graph_.add("Sub", {one_hot, graph_.number(1.0F / static_cast<float>(classes_))});
    const Value direction = classifier_.backward(graph_, contrast);  // ∂y/∂u_j · n [B, d]
    const Value column = graph_.add("Unsqueeze", {uniform, graph_.integers({2})});
    const Value row = graph_.add("Unsqueeze", {direction, graph_.integers({1})});
    const Value d_features = graph_.add("Mul", {column, row});  // ∂y/∂u_j [B, S, d]
    if (adjust_ == Adjust::top) {                               // a_i = Σ_h Σ_j A^h_ji g_j, g_j = ⟨∂y/∂u_j, u_j⟩
      const Value g = row_dots(d_features, features);
      return weighted_sum(
          graph_, g,
          graph_.add("ReduceSum", {context_pass_.weights, graph_.integers({1})}, {{"keepdims", std::int64_t{0}}}));
    }
    const Value d = context_.backward(graph_, context_pass_, d_features);
    return row_dots(encoder_.embedded, encoder_.backward(graph_, d));
  }

  // α = softmax(a / τ), w = (1 − λ)/n + λ α
  Value token_weights(const Value& uniform, const Value& a) {
    const Value mixing = weights_.tensor(head_tensors::kMixing, {1});
    const Value temperature = graph_.add("Exp", {weights_.tensor(head_tensors::kLogTemperature, {1})});
    const Value alpha = softmax_of_kept(graph_, graph_.add("Div", {a, temperature}), batch_.kept);
    const Value lambda = graph_.add("Sigmoid", {mixing});
    const Value rest = graph_.add("Sub", {graph_.number(1), lambda});
    return graph_.add("Add", {graph_.add("Mul", {rest, uniform}), graph_.add("Mul", {lambda, alpha})});
  }

  Value zero_and_one() { return graph_.tensor("zero_and_one", kZeroAndOne, {2}); }
  Value row_dots(const Value& a, const Value& b) {
    return graph_.add("ReduceSum", {graph_.add("Mul", {a, b}), graph_.integers({2})}, {{"keepdims", std::int64_t{0}}});
  }

  static constexpr float kZeroAndOne[] = {0, 1};
  OnnxGraph& graph_;
  OnnxWeights& weights_;
  const OnnxBatch& batch_;
  const OnnxEncoder& encoder_;
  const Adjust adjust_;
  std::int64_t classes_;
  OnnxLinear classifier_;
  OnnxAttention context_{};
  OnnxAttention::Pass context_pass_;
};

}  // namespace

OnnxGraph::Value head_logits(OnnxGraph& graph, OnnxWeights& weights, const HeadConfig& head, const OnnxBatch& batch,
                             const OnnxEncoder& encoder) {
  if (head.adjust == Adjust::pooler) {
    return pooler_logits(graph, weights, static_cast<std::int64_t>(head.labels.size()), batch, encoder.hidden);
  }
  return TokenHeadGraph(graph, weights, head, batch, encoder).logits();
}

}  // namespace pellucid
