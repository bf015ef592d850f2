#include "export/onnx_encoder.h"

#include <ranges>

namespace pellucid {
namespace {

using Value = OnnxGraph::Value;

// Positions count tokens, not padding, from the encoder's first one.
Value positions_of(OnnxGraph& graph, const EncoderConfig& config, const Value& mask) {
  const Value counted = graph.add("CumSum", {mask, graph.integer(1)});
  return graph.add("Add", {counted, graph.integer(config.first_position() - 1)});
}

Value embed(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch) {
  const EncoderConfig& config = weights.config();
  const std::int64_t e = config.embedding_width();
  const auto rows = [&](const char* table, std::int64_t count, const Value& which) {
    const std::string name = weights.own(std::string("embeddings.") + table + "_embeddings.weight");
    return graph.add("Gather", {weights.tensor(name, {count, e}), which});
  };
  Value sum = rows("word", config.vocab_size, batch.ids);
  if (config.embeds_positions) {
    const Value positions = positions_of(graph, config, batch.mask);
    sum = graph.add("Add", {sum, rows("position", config.max_position_embeddings, positions)});
  }
  if (config.type_vocab_size > 0) {
    sum = graph.add("Add", {sum, rows("token_type", config.type_vocab_size, graph.integer(0))});
  }
  Value normed = weights.norm(weights.own("embeddings.LayerNorm"), e, config.norm_bias).forward(graph, sum).y;
  if (!config.projects()) return normed;
  return weights.linear(weights.own("embeddings_project"), config.hidden_size, e).forward(graph, normed);
}

OnnxEncoder::Layer read_layer(OnnxWeights& weights, std::int64_t l) {
  const EncoderConfig& config = weights.config();
  const std::int64_t d = config.hidden_size;
  const std::int64_t wide = config.intermediate_size;
  const auto own = [&](const std::string& name) {
    return weights.own("encoder.layer." + std::to_string(l) + "." + name);
  };
  const auto attention = [&](const char* name) { return weights.linear(own(name), d, d, config.attention_bias); };
  const auto residual = [&](const char* name) {
    return OnnxResidual{weights.norm(own(name), d, config.norm_bias), config.pre_norm};
  };
  const std::vector<OnnxLinear> qkv =
      config.architecture->fused_qkv ? weights.stacked(own("attention.self.qkv"), 3, d, d, config.attention_bias)
                                     : std::vector{attention("attention.self.query"), attention("attention.self.key"),
                                                   attention("attention.self.value")};
  const std::vector<OnnxLinear> first =
      config.gated ? weights.stacked(own("intermediate.dense"), 2, wide, d, config.feed_forward_bias)
                   : std::vector{weights.linear(own("intermediate.dense"), wide, d, config.feed_forward_bias)};
  return {.attention = {.query = qkv[0],
                        .key = qkv[1],
                        .value = qkv[2],
                        .output = attention("attention.output.dense"),
                        .residual = config.pre_norm && l == 0 ? OnnxResidual{.norm = {}, .norm_first = true}
                                                              : residual("attention.output.LayerNorm"),
                        .heads = config.num_attention_heads,
                        .width = d},
          .feed_forward = {.intermediate = first.back(),
                           .output = weights.linear(own("output.dense"), d, wide, config.feed_forward_bias),
                           .residual = residual("output.LayerNorm"),
                           .gate = config.gated ? std::optional(first.front()) : std::nullopt}};
}

}  // namespace

OnnxEncoder::OnnxEncoder(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch)
    : embedded(embed(graph, weights, batch)), hidden(embedded) {
  const EncoderConfig& config = weights.config();
  const OnnxScores scores = encoder_scores(graph, weights, batch, /*local=*/false);
  std::optional<OnnxScores> local_scores;
  for (std::int64_t l = 0; l < config.num_hidden_layers; ++l) {
    Layer& layer = layers.emplace_back(read_layer(weights, l));
    const bool local = config.is_local(l);
    if (local && !local_scores) local_scores = encoder_scores(graph, weights, batch, local);
    hidden = layer.attention.forward(graph, hidden, local ? *local_scores : scores, layer.attention_pass);
    hidden = layer.feed_forward.forward(graph, hidden, layer.feed_forward_pass);
  }
  if (!config.pre_norm) return;
  last_norm = weights.norm(weights.own("encoder.final_LayerNorm"), config.hidden_size, config.norm_bias);
  const OnnxNorm::Pass last = last_norm->forward(graph, hidden);
  hidden = last.y;
  last_rstd = last.rstd;
}

OnnxGraph::Value OnnxEncoder::backward(OnnxGraph& graph, Value d) const {
  if (last_norm) d = last_norm->backward(graph, last_rstd, d);
  for (const Layer& layer : std::views::reverse(layers)) {
    d = layer.feed_forward.backward(graph, layer.feed_forward_pass, d);
    d = layer.attention.backward(graph, layer.attention_pass, d);
  }
  return d;
}

}  // namespace pellucid
