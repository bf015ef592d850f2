// A model's weights in a graph: linear maps and LayerNorms, forwards, and back with gates held fixed
// (kernels/backward.h). Internal to the export layer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"
#include "export/onnx_graph.h"

namespace pellucid {

// x W ᵀ + b.
struct OnnxLinear {
  OnnxGraph::Value weight, bias;  // [out, in], [out] or empty: none

  OnnxGraph::Value forward(OnnxGraph& graph, const OnnxGraph::Value& x) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const OnnxGraph::Value& d) const;
};

struct OnnxNorm {
  OnnxGraph::Value scale, bias;  // [d]; no bias: empty
  float epsilon = 0;

  struct Pass {
    OnnxGraph::Value y, rstd;
  };
  Pass forward(OnnxGraph& graph, const OnnxGraph::Value& x) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const OnnxGraph::Value& rstd, const OnnxGraph::Value& d) const;
};

// Reads them, and puts them into the graph under their names in the file. The first error stays; what is read after it
// is empty.
class OnnxWeights {
 public:
  OnnxWeights(const ModelFolder& folder, const SafetensorsFile& file, OnnxGraph& graph)
      : folder_(folder), file_(file), graph_(graph) {}

  OnnxGraph::Value tensor(const std::string& name, const OnnxGraph::Shape& shape);
  OnnxLinear linear(const std::string& name, std::int64_t out, std::int64_t in, bool biased = true);
  OnnxNorm norm(const std::string& name, std::int64_t width, bool biased = true);
  std::vector<float> values(const std::string& name, const OnnxGraph::Shape& shape);  // not put into the graph

  // Several of [out, in] that one tensor holds, one below the other.
  std::vector<OnnxLinear> stacked(const std::string& name, std::size_t count, std::int64_t out, std::int64_t in,
                                  bool biased);

  // What the file calls a tensor of the encoder that BERT calls so.
  std::string own(const std::string& bert) const { return folder_.encoder_tensor(bert); }
  const EncoderConfig& config() const { return folder_.encoder; }

  const Result<void>& status() const { return status_; }

 private:
  // In the file, or in `copy`.
  std::optional<std::span<const float>> read(const std::string& name, const OnnxGraph::Shape& shape,
                                             std::vector<float>& copy);

  const ModelFolder& folder_;
  const SafetensorsFile& file_;
  OnnxGraph& graph_;
  Result<void> status_;
};

}  // namespace pellucid
