#include "export/onnx_blocks.h"

#include <cmath>
#include <limits>

namespace pellucid {

using Value = OnnxGraph::Value;

Value OnnxWeights::tensor(const std::string& name, const OnnxGraph::Shape& shape) {
  std::vector<float> copy;
  const Result<std::span<const float>> found = file_.floats(name, shape, copy);
  if (found) return graph_.tensor(name, *found, shape);
  if (status_) status_ = tl::unexpected(found.error());
  return "";
}

OnnxLinear OnnxWeights::linear(const std::string& name, std::int64_t out, std::int64_t in) {
  return {tensor(name + ".weight", {out, in}), tensor(name + ".bias", {out})};
}

OnnxNorm OnnxWeights::norm(const std::string& name, std::int64_t width) {
  return {tensor(name + ".weight", {width}), tensor(name + ".bias", {width}),
          static_cast<float>(config().layer_norm_eps)};
}

std::vector<float> OnnxWeights::values(const std::string& name, const OnnxGraph::Shape& shape) {
  std::vector<float> copy;
  const Result<std::span<const float>> found = file_.floats(name, shape, copy);
  if (found) return {found->begin(), found->end()};
  if (status_) status_ = tl::unexpected(found.error());
  return {};
}

Value OnnxLinear::forward(OnnxGraph& graph, const Value& x) const {
  const Value transposed = graph.add("Transpose", {weight});
  return graph.add("Add", {graph.add("MatMul", {x, transposed}), bias});
}

Value OnnxLinear::backward(OnnxGraph& graph, const Value& d) const {
  return graph.add("MatMul", {d, weight});
}

OnnxNorm::Pass OnnxNorm::forward(OnnxGraph& graph, const Value& x) const {
  const std::vector<Value> outputs =
      graph.add(3, "LayerNormalization", {x, scale, bias}, {{"axis", std::int64_t{-1}}, {"epsilon", epsilon}});
  return {outputs[0], outputs[2]};
}

// 1/σ held fixed: 1/σ (γ d − mean(γ d)).
Value OnnxNorm::backward(OnnxGraph& graph, const Value& rstd, const Value& d) const {
  const Value scaled = graph.add("Mul", {d, scale});
  const Value mean = graph.add("ReduceMean", {scaled}, {{"axes", OnnxGraph::Shape{-1}}});
  return graph.add("Mul", {graph.add("Sub", {scaled, mean}), rstd});
}

Value OnnxAttention::split(OnnxGraph& graph, const Value& x) const {
  const Value apart = graph.add("Reshape", {x, graph.integers({0, 0, heads, width / heads})});
  return graph.add("Transpose", {apart}, {{"perm", OnnxGraph::Shape{0, 2, 1, 3}}});
}

Value OnnxAttention::join(OnnxGraph& graph, const Value& x) const {
  const Value apart = graph.add("Transpose", {x}, {{"perm", OnnxGraph::Shape{0, 2, 1, 3}}});
  return graph.add("Reshape", {apart, graph.integers({0, 0, width})});
}

Value OnnxAttention::forward(OnnxGraph& graph, const Value& x, const OnnxScores& scores, Pass& pass) const {
  const Value q = split(graph, query.forward(graph, x));
  const Value k = split(graph, key.forward(graph, x));
  const Value v = split(graph, value.forward(graph, x));
  const Value transposed = graph.add("Transpose", {k}, {{"perm", OnnxGraph::Shape{0, 1, 3, 2}}});
  const std::int64_t head_size = width / heads;
  const Value scale = graph.number(std::sqrt(static_cast<float>(head_size)));
  Value s = graph.add("Div", {graph.add("MatMul", {q, transposed}), scale});
  if (!scores.relative.empty()) s = graph.add("Add", {s, scores.relative});
  pass.weights = softmax_of_kept(graph, s, scores.kept);
  const Value mixed = join(graph, graph.add("MatMul", {pass.weights, v}));
  const OnnxNorm::Pass y = norm.forward(graph, graph.add("Add", {x, output.forward(graph, mixed)}));
  pass.rstd = y.rstd;
  return y.y;
}

Value OnnxAttention::backward(OnnxGraph& graph, const Pass& pass, const Value& d) const {
  const Value d_sum = norm.backward(graph, pass.rstd, d);
  const Value d_mixed = split(graph, output.backward(graph, d_sum));
  const Value to_sources = graph.add("Transpose", {pass.weights}, {{"perm", OnnxGraph::Shape{0, 1, 3, 2}}});
  const Value d_value = join(graph, graph.add("MatMul", {to_sources, d_mixed}));
  return graph.add("Add", {d_sum, value.backward(graph, d_value)});
}

Value OnnxFeedForward::forward(OnnxGraph& graph, const Value& x, Pass& pass) const {
  const Value inner = intermediate.forward(graph, x);
  pass.gate = gelu_gate(graph, inner);
  const Value gated = graph.add("Mul", {inner, pass.gate});
  const OnnxNorm::Pass y = norm.forward(graph, graph.add("Add", {x, output.forward(graph, gated)}));
  pass.rstd = y.rstd;
  return y.y;
}

Value OnnxFeedForward::backward(OnnxGraph& graph, const Pass& pass, const Value& d) const {
  const Value d_sum = norm.backward(graph, pass.rstd, d);
  const Value d_inner = graph.add("Mul", {output.backward(graph, d_sum), pass.gate});
  return graph.add("Add", {d_sum, intermediate.backward(graph, d_inner)});
}

Value gelu_gate(OnnxGraph& graph, const Value& x) {
  const Value erf = graph.add("Erf", {graph.add("Div", {x, graph.number(std::sqrt(2.0F))})});
  return graph.add("Mul", {graph.add("Add", {erf, graph.number(1)}), graph.number(0.5F)});
}

Value softmax_of_kept(OnnxGraph& graph, const Value& x, const Value& kept) {
  const Value lowest = graph.number(std::numeric_limits<float>::lowest());
  return graph.add("Softmax", {graph.add("Where", {kept, x, lowest})}, {{"axis", std::int64_t{-1}}});
}

}  // namespace pellucid
