// A graph of ONNX operators as it is built, and the bytes of its file (onnx.proto of IR version 8, operators of opset
// 17: https://onnx.ai/onnx/repo-docs/IR.html, https://onnx.ai/onnx/operators). Internal to the export layer.
//
// The messages are written with protozero, headers alone: libonnx and libprotobuf would be three libraries more for the
// runtime to load, to write what is here in a hundred lines.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "error/error.h"

namespace pellucid {

class OnnxGraph {
 public:
  using Value = std::string;  // a tensor of the graph, by its name
  using Shape = std::vector<std::int64_t>;
  using Attribute = std::pair<std::string_view, std::variant<std::int64_t, float, Shape>>;

  explicit OnnxGraph(std::size_t expected_bytes);  // of the file, about
  ~OnnxGraph();

  // A side is a number, or a name where callers choose it.
  using Side = std::variant<std::int64_t, std::string_view>;
  Value integer_input(std::string_view name, std::initializer_list<Side> sides);
  void float_output(const Value& value, std::string_view name, std::initializer_list<Side> sides);

  Value tensor(std::string_view name, std::span<const float> values, const Shape& shape);
  Value number(float value);
  Value integer(std::int64_t value);
  Value integers(const Shape& values);  // [values.size()]

  // An operator's only output, or all of its `count` outputs. An optional last input that is empty is left out.
  Value add(std::string_view op, std::initializer_list<Value> inputs, std::initializer_list<Attribute> attributes = {});
  std::vector<Value> add(std::size_t count, std::string_view op, std::initializer_list<Value> inputs,
                         std::initializer_list<Attribute> attributes = {});

  // The file; the graph is used up. Fails above 2 GiB, what protobuf can hold.
  Result<std::string> finish(const std::map<std::string, std::string>& metadata);

 private:
  struct Messages;
  Value fresh(std::string_view op);

  std::string bytes_;  // of the model; the graph is its open submessage
  std::unique_ptr<Messages> messages_;
  std::uint64_t tensor_bytes_ = 0;
  std::size_t values_ = 0;
};

}  // namespace pellucid
