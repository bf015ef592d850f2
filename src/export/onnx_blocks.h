// The two halves of a transformer layer as ONNX operators: forwards, and a functional's derivative back through them
// with gates held fixed (runtime/transformer.h, kernels/backward.h). Internal to the export layer.
//
// Shapes: texts B of S tokens each, padding among them; H heads; d wide.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"
#include "export/onnx_graph.h"

namespace pellucid {

// x W ᵀ + b.
struct OnnxLinear {
  OnnxGraph::Value weight, bias;  // [out, in], [out]

  OnnxGraph::Value forward(OnnxGraph& graph, const OnnxGraph::Value& x) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const OnnxGraph::Value& d) const;
};

struct OnnxNorm {
  OnnxGraph::Value scale, bias;  // [d]
  float epsilon = 0;

  struct Pass {
    OnnxGraph::Value y, rstd;
  };
  Pass forward(OnnxGraph& graph, const OnnxGraph::Value& x) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const OnnxGraph::Value& rstd, const OnnxGraph::Value& d) const;
};

// A model's weights, put into the graph under their names in the file. The first error stays; what is read after it is
// empty.
class OnnxWeights {
 public:
  OnnxWeights(const ModelFolder& folder, const SafetensorsFile& file, OnnxGraph& graph)
      : folder_(folder), file_(file), graph_(graph) {}

  OnnxGraph::Value tensor(const std::string& name, const OnnxGraph::Shape& shape);
  OnnxLinear linear(const std::string& name, std::int64_t out, std::int64_t in);
  OnnxNorm norm(const std::string& name, std::int64_t width);
  std::vector<float> values(const std::string& name, const OnnxGraph::Shape& shape);  // not put into the graph

  // What the file calls a tensor of the encoder that BERT calls so.
  std::string own(const std::string& bert) const { return folder_.encoder_tensor(bert); }
  const EncoderConfig& config() const { return folder_.encoder; }

  const Result<void>& status() const { return status_; }

 private:
  const ModelFolder& folder_;
  const SafetensorsFile& file_;
  OnnxGraph& graph_;
  Result<void> status_;
};

// What scores of attention depend on beside queries and keys.
struct OnnxScores {
  OnnxGraph::Value kept;      // [B, 1, 1, S] boolean: no padding
  OnnxGraph::Value relative;  // [H, S, S], or empty
};

struct OnnxAttention {
  OnnxLinear query, key, value, output;
  OnnxNorm norm;
  std::int64_t heads, width;

  struct Pass {
    OnnxGraph::Value weights, rstd;  // A [B, H, S, S]
  };
  OnnxGraph::Value forward(OnnxGraph& graph, const OnnxGraph::Value& x, const OnnxScores& scores, Pass& pass) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const Pass& pass, const OnnxGraph::Value& d) const;

 private:
  OnnxGraph::Value split(OnnxGraph& graph, const OnnxGraph::Value& x) const;  // [B, S, d] to [B, H, S, d / H]
  OnnxGraph::Value join(OnnxGraph& graph, const OnnxGraph::Value& x) const;   // and back
};

struct OnnxFeedForward {
  OnnxLinear intermediate, output;
  OnnxNorm norm;

  struct Pass {
    OnnxGraph::Value gate, rstd;  // GELU(x)/x
  };
  OnnxGraph::Value forward(OnnxGraph& graph, const OnnxGraph::Value& x, Pass& pass) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const Pass& pass, const OnnxGraph::Value& d) const;
};

// GELU(x)/x = Φ(x)
OnnxGraph::Value gelu_gate(OnnxGraph& graph, const OnnxGraph::Value& x);

// softmax over the last axis of what is `kept`; the rest gets 0.
OnnxGraph::Value softmax_of_kept(OnnxGraph& graph, const OnnxGraph::Value& x, const OnnxGraph::Value& kept);

}  // namespace pellucid
