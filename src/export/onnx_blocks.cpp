#include "export/onnx_blocks.h"

#include <cmath>

namespace pellucid {

using Value = OnnxGraph::Value;

Value OnnxResidual::enter(OnnxGraph& graph, const Value& x, Value& rstd) const {
  if (!norm_first || norm.scale.empty()) return x;
  const OnnxNorm::Pass y = norm.forward(graph, x);
  rstd = y.rstd;
  return y.y;
}

Value OnnxResidual::leave(OnnxGraph& graph, const Value& x, const Value& f, Value& rstd) const {
  Value sum = graph.add("Add", {x, f});
  if (norm_first) return sum;
  const OnnxNorm::Pass y = norm.forward(graph, sum);
  rstd = y.rstd;
  return y.y;
}

Value OnnxResidual::back_to_sum(OnnxGraph& graph, const Value& rstd, const Value& d) const {
  return norm_first ? d : norm.backward(graph, rstd, d);
}

Value OnnxResidual::back_to_x(OnnxGraph& graph, const Value& rstd, const Value& d_sum, const Value& d_given) const {
  const bool normed = norm_first && !norm.scale.empty();
  return graph.add("Add", {d_sum, normed ? norm.backward(graph, rstd, d_given) : d_given});
}

Value OnnxAttention::split(OnnxGraph& graph, const Value& x) const {
  const Value apart = graph.add("Reshape", {x, graph.integers({0, 0, heads, width / heads})});
  return graph.add("Transpose", {apart}, {{"perm", OnnxGraph::Shape{0, 2, 1, 3}}});
}

Value OnnxAttention::join(OnnxGraph& graph, const Value& x) const {
  const Value apart = graph.add("Transpose", {x}, {{"perm", OnnxGraph::Shape{0, 2, 1, 3}}});
  return graph.add("Reshape", {apart, graph.integers({0, 0, width})});
}

// ⟨q_j, k_i⟩ / √d_k, and what depends on where i and j stand.
Value OnnxAttention::pair_scores(OnnxGraph& graph, const Value& given, const OnnxScores& scores) const {
  Value q = split(graph, query.forward(graph, given));
  Value k = split(graph, key.forward(graph, given));
  if (scores.rotary) {
    q = scores.rotary->turn(graph, q);
    k = scores.rotary->turn(graph, k);
  }
  const Value k_columns = graph.add("Transpose", {k}, {{"perm", OnnxGraph::Shape{0, 1, 3, 2}}});
  Value s = graph.add("MatMul", {q, k_columns});
  std::int64_t products = 1;
  if (scores.disentangled) {  // + ⟨q_j, K_r⟩ + ⟨k_i, Q_r⟩, r the row of i − j
    const OnnxScores::Disentangled& apart = *scores.disentangled;
    const auto of_positions = [&](const OnnxLinear& projection, const OnnxGraph::Shape& order) {
      const Value rows = projection.forward(graph, apart.positions);
      const Value by_head = graph.add("Reshape", {rows, graph.integers({0, heads, width / heads})});
      return graph.add("Transpose", {by_head}, {{"perm", order}});
    };
    const Value with_keys = graph.add("MatMul", {q, of_positions(key, {1, 2, 0})});               // [B, H, S, R]
    const Value with_queries = graph.add("MatMul", {of_positions(query, {1, 0, 2}), k_columns});  // [B, H, R, S]
    s = graph.add("Add", {s, graph.add("GatherElements", {with_keys, apart.rows}, {{"axis", std::int64_t{3}}})});
    s = graph.add("Add", {s, graph.add("GatherElements", {with_queries, apart.rows}, {{"axis", std::int64_t{2}}})});
    products = 3;
  }
  const std::int64_t columns = products * (width / heads);
  s = graph.add("Div", {s, graph.number(std::sqrt(static_cast<float>(columns)))});
  return scores.relative.empty() ? s : graph.add("Add", {s, scores.relative});
}

Value OnnxAttention::forward(OnnxGraph& graph, const Value& x, const OnnxScores& scores, Pass& pass) const {
  const Value given = residual.enter(graph, x, pass.rstd);
  pass.weights = softmax_of_kept(graph, pair_scores(graph, given, scores), scores.kept);
  const Value v = split(graph, value.forward(graph, given));
  const Value mixed = join(graph, graph.add("MatMul", {pass.weights, v}));
  return residual.leave(graph, x, output.forward(graph, mixed), pass.rstd);
}

Value OnnxAttention::backward(OnnxGraph& graph, const Pass& pass, const Value& d) const {
  const Value d_sum = residual.back_to_sum(graph, pass.rstd, d);
  const Value d_mixed = split(graph, output.backward(graph, d_sum));
  const Value to_sources = graph.add("Transpose", {pass.weights}, {{"perm", OnnxGraph::Shape{0, 1, 3, 2}}});
  const Value d_value = join(graph, graph.add("MatMul", {to_sources, d_mixed}));
  return residual.back_to_x(graph, pass.rstd, d_sum, value.backward(graph, d_value));
}

Value OnnxFeedForward::forward(OnnxGraph& graph, const Value& x, Pass& pass) const {
  const Value given = residual.enter(graph, x, pass.rstd);
  const Value inner = intermediate.forward(graph, given);
  if (gate) {
    const Value before = gate->forward(graph, given);
    pass.gate = graph.add("Mul", {before, gelu_gate(graph, before)});
  } else {
    pass.gate = gelu_gate(graph, inner);
  }
  return residual.leave(graph, x, output.forward(graph, graph.add("Mul", {inner, pass.gate})), pass.rstd);
}

Value OnnxFeedForward::backward(OnnxGraph& graph, const Pass& pass, const Value& d) const {
  const Value d_sum = residual.back_to_sum(graph, pass.rstd, d);
  const Value d_inner = graph.add("Mul", {output.backward(graph, d_sum), pass.gate});
  return residual.back_to_x(graph, pass.rstd, d_sum, intermediate.backward(graph, d_inner));
}

Value gelu_gate(OnnxGraph& graph, const Value& x) {
  const Value erf = graph.add("Erf", {graph.add("Div", {x, graph.number(std::sqrt(2.0F))})});
  return graph.add("Mul", {graph.add("Add", {erf, graph.number(1)}), graph.number(0.5F)});
}

}  // namespace pellucid
