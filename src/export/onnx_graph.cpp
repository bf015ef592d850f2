#include "export/onnx_graph.h"

#include <protozero/pbf_builder.hpp>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>

#include "version/version.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little);  // as raw_data is

using Tag = protozero::pbf_tag_type;
// Fields of onnx.proto's messages; those that are written.
enum class Model : Tag { ir_version = 1, producer_name = 2, producer_version = 3, graph = 7, opset = 8, metadata = 14 };
enum class Opset : Tag { version = 2 };
enum class Entry : Tag { key = 1, value = 2 };
enum class Graph : Tag { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
enum class Node : Tag { input = 1, output = 2, name = 3, op_type = 4, attribute = 5 };
enum class Attribute : Tag { name = 1, f = 2, i = 3, ints = 8, type = 20 };
enum class Tensor : Tag { dims = 1, data_type = 2, name = 8, raw_data = 9 };
enum class ValueInfo : Tag { name = 1, type = 2 };
enum class Type : Tag { tensor = 1 };
enum class TensorType : Tag { element = 1, shape = 2 };
enum class TensorShape : Tag { side = 1 };
enum class Dimension : Tag { value = 1, parameter = 2 };

enum ElementType : std::int32_t { kFloat = 1, kInt64 = 7 };
enum AttributeType : std::int32_t { kFloatAttribute = 1, kIntAttribute = 2, kIntsAttribute = 7 };

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 17;
constexpr std::uint64_t kLargest =
    (std::uint64_t{1} << 31) - (std::uint64_t{1} << 24);  // of tensors: the rest is small

template <class... Alternatives>
struct Overloaded : Alternatives... {
  using Alternatives::operator()...;
};

template <class Field>
using Builder = protozero::pbf_builder<Field>;

protozero::data_view view(std::string_view text) {
  return {text.data(), text.size()};
}

void write_tensor(Builder<Graph>& graph, std::string_view name, ElementType type, const OnnxGraph::Shape& shape,
                  std::span<const std::byte> bytes) {
  Builder<Tensor> tensor(graph, Graph::initializer);
  for (const std::int64_t side : shape) tensor.add_int64(Tensor::dims, side);
  tensor.add_int32(Tensor::data_type, type);
  tensor.add_string(Tensor::name, view(name));
  tensor.add_bytes(Tensor::raw_data, reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void write_value(Builder<Graph>& graph, Graph field, std::string_view name, ElementType element,
                 std::initializer_list<OnnxGraph::Side> sides) {
  Builder<ValueInfo> info(graph, field);
  info.add_string(ValueInfo::name, view(name));
  Builder<Type> type(info, ValueInfo::type);
  Builder<TensorType> tensor(type, Type::tensor);
  tensor.add_int32(TensorType::element, element);
  Builder<TensorShape> shape(tensor, TensorType::shape);
  for (const OnnxGraph::Side& side : sides) {
    Builder<Dimension> dimension(shape, TensorShape::side);
    std::visit(
        Overloaded{[&](std::int64_t value) { dimension.add_int64(Dimension::value, value); },
                   [&](std::string_view parameter) { dimension.add_string(Dimension::parameter, view(parameter)); }},
        side);
  }
}

void write_attribute(Builder<Node>& node, const OnnxGraph::Attribute& attribute) {
  Builder<Attribute> message(node, Node::attribute);
  message.add_string(Attribute::name, view(attribute.first));
  const auto typed = [&](AttributeType type) { message.add_int32(Attribute::type, type); };
  std::visit(Overloaded{[&](std::int64_t value) {
                          message.add_int64(Attribute::i, value);
                          typed(kIntAttribute);
                        },
                        [&](float value) {
                          message.add_float(Attribute::f, value);
                          typed(kFloatAttribute);
                        },
                        [&](const OnnxGraph::Shape& values) {
                          for (const std::int64_t value : values) message.add_int64(Attribute::ints, value);
                          typed(kIntsAttribute);
                        }},
             attribute.second);
}

}  // namespace

struct OnnxGraph::Messages {
  explicit Messages(std::string& bytes) : model(bytes) {
    model.add_int64(Model::ir_version, kIrVersion);
    model.add_string(Model::producer_name, "pellucid");
    model.add_string(Model::producer_version, std::string(version()));
    Builder<Opset>(model, Model::opset).add_int64(Opset::version, kOpset);
  }
  Builder<Model> model;
  std::optional<Builder<Graph>> graph;
};

OnnxGraph::OnnxGraph(std::size_t expected_bytes) {
  bytes_.reserve(std::min(expected_bytes, std::size_t{kLargest}));
  messages_ = std::make_unique<Messages>(bytes_);
  messages_->graph.emplace(messages_->model, Model::graph);
  messages_->graph->add_string(Graph::name, "classifier");
}

OnnxGraph::~OnnxGraph() = default;

OnnxGraph::Value OnnxGraph::fresh(std::string_view op) {
  return std::string(op) + "_" + std::to_string(values_++);
}

OnnxGraph::Value OnnxGraph::integer_input(std::string_view name, std::initializer_list<Side> sides) {
  write_value(*messages_->graph, Graph::input, name, kInt64, sides);
  return std::string(name);
}

void OnnxGraph::float_output(const Value& value, std::string_view name, std::initializer_list<Side> sides) {
  Builder<Node> node(*messages_->graph, Graph::node);
  node.add_string(Node::input, value);
  node.add_string(Node::output, view(name));
  node.add_string(Node::op_type, "Identity");
  node.commit();
  write_value(*messages_->graph, Graph::output, name, kFloat, sides);
}

OnnxGraph::Value OnnxGraph::tensor(std::string_view name, std::span<const float> values, const Shape& shape) {
  tensor_bytes_ += values.size_bytes();
  if (tensor_bytes_ <= kLargest) write_tensor(*messages_->graph, name, kFloat, shape, std::as_bytes(values));
  return std::string(name);
}

OnnxGraph::Value OnnxGraph::number(float value) {
  const Value name = fresh("number");
  write_tensor(*messages_->graph, name, kFloat, {}, std::as_bytes(std::span(&value, 1)));
  return name;
}

OnnxGraph::Value OnnxGraph::integer(std::int64_t value) {
  const Value name = fresh("integer");
  write_tensor(*messages_->graph, name, kInt64, {}, std::as_bytes(std::span(&value, 1)));
  return name;
}

OnnxGraph::Value OnnxGraph::integers(const Shape& values) {
  const Value name = fresh("integers");
  write_tensor(*messages_->graph, name, kInt64, {std::ssize(values)}, std::as_bytes(std::span(values)));
  return name;
}

OnnxGraph::Value OnnxGraph::add(std::string_view op, std::initializer_list<Value> inputs,
                                std::initializer_list<Attribute> attributes) {
  return std::move(add(1, op, inputs, attributes).front());
}

std::vector<OnnxGraph::Value> OnnxGraph::add(std::size_t count, std::string_view op,
                                             std::initializer_list<Value> inputs,
                                             std::initializer_list<Attribute> attributes) {
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < count; ++i) outputs.push_back(fresh(op));
  Builder<Node> node(*messages_->graph, Graph::node);
  for (const Value& input : inputs) {  // a name that is empty means the same, but ONNX Runtime 1.32 crashes on it
    if (!input.empty()) node.add_string(Node::input, input);
  }
  for (const Value& output : outputs) node.add_string(Node::output, output);
  node.add_string(Node::name, outputs.front());
  node.add_string(Node::op_type, view(op));
  for (const Attribute& attribute : attributes) write_attribute(node, attribute);
  return outputs;
}

Result<std::string> OnnxGraph::finish(const std::map<std::string, std::string>& metadata) {
  if (tensor_bytes_ > kLargest) {
    return fail(ErrorCode::limit, "expected weights of less than 2 GiB, what an ONNX file can hold, found " +
                                      std::to_string(tensor_bytes_ >> 20) + " MiB");
  }
  messages_->graph->commit();
  for (const auto& [key, value] : metadata) {
    Builder<Entry> entry(messages_->model, Model::metadata);
    entry.add_string(Entry::key, key);
    entry.add_string(Entry::value, value);
  }
  return std::move(bytes_);
}

}  // namespace pellucid
