#include "export/onnx_weights.h"

namespace pellucid {

using Value = OnnxGraph::Value;

Value OnnxLinear::forward(OnnxGraph& graph, const Value& x) const {
  const Value product = graph.add("MatMul", {x, graph.add("Transpose", {weight})});
  return bias.empty() ? product : graph.add("Add", {product, bias});
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

std::optional<std::span<const float>> OnnxWeights::read(const std::string& name, const OnnxGraph::Shape& shape,
                                                        std::vector<float>& copy) {
  const Result<std::span<const float>> found = file_.floats(name, shape, copy);
  if (found) return *found;
  if (status_) status_ = tl::unexpected(found.error());
  return std::nullopt;
}

Value OnnxWeights::tensor(const std::string& name, const OnnxGraph::Shape& shape) {
  std::vector<float> copy;
  const auto found = read(name, shape, copy);
  return found ? graph_.tensor(name, *found, shape) : "";
}

OnnxLinear OnnxWeights::linear(const std::string& name, std::int64_t out, std::int64_t in, bool biased) {
  return {tensor(name + ".weight", {out, in}), biased ? tensor(name + ".bias", {out}) : ""};
}

OnnxNorm OnnxWeights::norm(const std::string& name, std::int64_t width, bool biased) {
  return {tensor(name + ".weight", {width}), biased ? tensor(name + ".bias", {width}) : "",
          static_cast<float>(config().layer_norm_eps)};
}

std::vector<OnnxLinear> OnnxWeights::stacked(const std::string& name, std::size_t count, std::int64_t out,
                                             std::int64_t in, bool biased) {
  const OnnxLinear all = linear(name, static_cast<std::int64_t>(count) * out, in, biased);
  const std::vector<Value> rows = graph_.add(count, "Split", {all.weight}, {{"axis", std::int64_t{0}}});
  const std::vector<Value> biases =
      biased ? graph_.add(count, "Split", {all.bias}, {{"axis", std::int64_t{0}}}) : std::vector<Value>(count);
  std::vector<OnnxLinear> parts;
  for (std::size_t part = 0; part < count; ++part) parts.push_back({rows[part], biases[part]});
  return parts;
}

std::vector<float> OnnxWeights::values(const std::string& name, const OnnxGraph::Shape& shape) {
  std::vector<float> copy;
  const auto found = read(name, shape, copy);
  return found ? std::vector<float>(found->begin(), found->end()) : std::vector<float>();
}

}  // namespace pellucid
