#include "export/onnx_scores.h"

#include <limits>

#include "kernels/relative_position.h"
#include "kernels/rotary.h"

namespace pellucid {
namespace {

using Value = OnnxGraph::Value;

class Scores {
 public:
  Scores(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch)
      : graph_(graph), weights_(weights), batch_(batch), shape_(graph.add("Shape", {batch.ids})) {
    const Value length = graph.add("Gather", {shape_, graph.integer(1)});
    places_ = graph.add("Range", {graph.integer(0), length, graph.integer(1)});
    distances_ = graph.add("Sub", {places_, graph.add("Unsqueeze", {places_, graph.integers({1})})});
  }

  // Up to half a window to each side.
  Value within_window(const Value& kept) {
    const Value apart = graph_.add("Abs", {distances_});
    return graph_.add("And", {kept, graph_.add("LessOrEqual", {apart, graph_.integer(config_.local_attention / 2)})});
  }

  // The value of RelativeBias at each pair's distance.
  Value relative() {
    const std::int64_t heads = config_.num_attention_heads;
    const std::vector<float> table =
        weights_.values(weights_.own("encoder.relative_attention_bias.weight"), {kRelativeBuckets, heads});
    if (table.empty()) return "";
    const Value values =
        graph_.tensor("relative_values", relative_values(table, heads, reach_), {heads, 2 * reach_ + 1});
    return graph_.add("Gather", {values, from_farthest()}, {{"axis", std::int64_t{1}}});
  }

  OnnxScores::Rotary rotary(std::string_view name, double theta) {
    const std::int64_t head_size = config_.hidden_size / config_.num_attention_heads;
    const std::int64_t positions = config_.max_position_embeddings;
    const Value table = graph_.tensor(name, rotary_table(head_size, positions, theta), {positions, head_size});
    const std::vector<Value> halves =
        graph_.add(2, "Split", {graph_.add("Gather", {table, places_})}, {{"axis", std::int64_t{1}}});
    return {halves[0], halves[1]};
  }

  OnnxScores::Disentangled disentangled() {
    Value positions =
        weights_.tensor(weights_.own("encoder.rel_embeddings.weight"), {config_.relative_rows, config_.hidden_size});
    if (config_.relative_norm) {
      positions = weights_.norm(weights_.own("encoder.LayerNorm"), config_.hidden_size).forward(graph_, positions).y;
    }
    const std::vector<std::int32_t> rows =
        disentangled_places(config_.position_buckets, config_.max_relative_positions, reach_);
    const Value by_distance = graph_.integers({rows.begin(), rows.end()});
    const Value sides = graph_.add("Concat", {shape_, graph_.integers({config_.num_attention_heads})},
                                   {{"axis", std::int64_t{0}}});  // B, S, H
    const Value shape = graph_.add("Gather", {sides, graph_.integers({0, 2, 1, 1})});
    return {positions, graph_.add("Expand", {graph_.add("Gather", {by_distance, from_farthest()}), shape})};
  }

 private:
  Value from_farthest() { return graph_.add("Add", {distances_, graph_.integer(reach_)}); }

  OnnxGraph& graph_;
  OnnxWeights& weights_;
  const OnnxBatch& batch_;
  const EncoderConfig& config_ = weights_.config();
  const std::int64_t reach_ = config_.max_length() - 1;
  Value shape_;      // B, S
  Value places_;     // [S] 0, 1, …
  Value distances_;  // [S, S] i − j
};

}  // namespace

OnnxScores encoder_scores(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch, bool local) {
  const EncoderConfig& config = weights.config();
  Scores all(graph, weights, batch);
  OnnxScores scores{.kept = kept_keys(graph, batch)};
  if (local) scores.kept = all.within_window(scores.kept);
  if (config.relative_bias) scores.relative = all.relative();
  if (config.rotary_theta > 0) {
    scores.rotary =
        local ? all.rotary("local_rotary", config.local_rotary_theta) : all.rotary("rotary", config.rotary_theta);
  }
  if (config.relative_rows > 0) scores.disentangled = all.disentangled();
  return scores;
}

// Pairs (x_k, x_{k + d_k/2}) turned by their position's angles.
Value OnnxScores::Rotary::turn(OnnxGraph& graph, const Value& x) const {
  const std::vector<Value> pair = graph.add(2, "Split", {x}, {{"axis", std::int64_t{3}}});
  const auto times = [&](const Value& half, const Value& factor) { return graph.add("Mul", {half, factor}); };
  const Value first = graph.add("Sub", {times(pair[0], cosines), times(pair[1], sines)});
  const Value second = graph.add("Add", {times(pair[1], cosines), times(pair[0], sines)});
  return graph.add("Concat", {first, second}, {{"axis", std::int64_t{3}}});
}

Value kept_keys(OnnxGraph& graph, const OnnxBatch& batch) {
  return graph.add("Unsqueeze", {batch.kept, graph.integers({1, 2})});
}

Value softmax_of_kept(OnnxGraph& graph, const Value& x, const Value& kept) {
  const Value lowest = graph.number(std::numeric_limits<float>::lowest());
  return graph.add("Softmax", {graph.add("Where", {kept, x, lowest})}, {{"axis", std::int64_t{-1}}});
}

}  // namespace pellucid
