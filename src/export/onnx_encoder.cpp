#include "export/onnx_encoder.h"

#include <ranges>

#include "kernels/relative_position.h"

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
  const Value words = rows("word", config.vocab_size, batch.ids);
  const Value positions = rows("position", config.max_position_embeddings, positions_of(graph, config, batch.mask));
  Value sum = graph.add("Add", {words, positions});
  if (config.type_vocab_size > 0) {
    sum = graph.add("Add", {sum, rows("token_type", config.type_vocab_size, graph.integer(0))});
  }
  Value normed = weights.norm(weights.own("embeddings.LayerNorm"), e).forward(graph, sum).y;
  if (!config.projects()) return normed;
  return weights.linear(weights.own("embeddings_project"), config.hidden_size, e).forward(graph, normed);
}

// [H, S, S]: the value of RelativeBias at each pair's distance, i − j.
Value relative_scores(OnnxGraph& graph, OnnxWeights& weights, const Value& ids) {
  const EncoderConfig& config = weights.config();
  const std::int64_t heads = config.num_attention_heads;
  const std::vector<float> table =
      weights.values(weights.own("encoder.relative_attention_bias.weight"), {kRelativeBuckets, heads});
  if (table.empty()) return "";
  const std::int64_t reach = config.max_length() - 1;
  const Value values = graph.tensor("relative_values", relative_values(table, heads, reach), {heads, 2 * reach + 1});
  const Value length = graph.add("Gather", {graph.add("Shape", {ids}), graph.integers({1})});
  const Value ones = graph.add("Expand", {graph.integers({1}), length});
  const Value places = graph.add("CumSum", {ones, graph.integer(0)});
  const Value distance = graph.add("Sub", {places, graph.add("Unsqueeze", {places, graph.integers({1})})});
  return graph.add("Gather", {values, graph.add("Add", {distance, graph.integer(reach)})}, {{"axis", std::int64_t{1}}});
}

OnnxEncoder::Layer read_layer(OnnxWeights& weights, const std::string& scope) {
  const EncoderConfig& config = weights.config();
  const std::int64_t d = config.hidden_size;
  const auto linear = [&](const char* name, std::int64_t out, std::int64_t in) {
    return weights.linear(weights.own(scope + name), out, in);
  };
  const auto norm = [&](const char* name) { return weights.norm(weights.own(scope + name), d); };
  return {.attention = {.query = linear("attention.self.query", d, d),
                        .key = linear("attention.self.key", d, d),
                        .value = linear("attention.self.value", d, d),
                        .output = linear("attention.output.dense", d, d),
                        .norm = norm("attention.output.LayerNorm"),
                        .heads = config.num_attention_heads,
                        .width = d},
          .feed_forward = {.intermediate = linear("intermediate.dense", config.intermediate_size, d),
                           .output = linear("output.dense", d, config.intermediate_size),
                           .norm = norm("output.LayerNorm")}};
}

}  // namespace

OnnxEncoder::OnnxEncoder(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch)
    : embedded(embed(graph, weights, batch)), hidden(embedded) {
  scores.kept = graph.add("Unsqueeze", {batch.kept, graph.integers({1, 2})});
  if (weights.config().relative_bias) scores.relative = relative_scores(graph, weights, batch.ids);
  for (std::int64_t l = 0; l < weights.config().num_hidden_layers; ++l) {
    Layer& layer = layers.emplace_back(read_layer(weights, "encoder.layer." + std::to_string(l) + "."));
    hidden = layer.attention.forward(graph, hidden, scores, layer.attention_pass);
    hidden = layer.feed_forward.forward(graph, hidden, layer.feed_forward_pass);
  }
}

OnnxGraph::Value OnnxEncoder::backward(OnnxGraph& graph, Value d) const {
  for (const Layer& layer : std::views::reverse(layers)) {
    d = layer.feed_forward.backward(graph, layer.feed_forward_pass, d);
    d = layer.attention.backward(graph, layer.attention_pass, d);
  }
  return d;
}

}  // namespace pellucid
