// The two halves of a transformer layer as ONNX operators: forwards, and a functional's derivative back through them
// with gates held fixed (runtime/transformer.h, kernels/backward.h). Internal to the export layer.
//
// Shapes: texts B of S tokens each, padding among them; H heads; d wide, d_k = d / H.
#pragma once

#include <cstdint>
#include <optional>

#include "export/onnx_scores.h"

namespace pellucid {

// Where a half's LayerNorm stands: y = LayerNorm(x + f(x)), or y = x + f(LayerNorm(x)).
struct OnnxResidual {
  OnnxNorm norm;  // where it comes first, one without a scale stands for none
  bool norm_first = false;

  // What f is given, and y; one of them writes rstd.
  OnnxGraph::Value enter(OnnxGraph& graph, const OnnxGraph::Value& x, OnnxGraph::Value& rstd) const;
  OnnxGraph::Value leave(OnnxGraph& graph, const OnnxGraph::Value& x, const OnnxGraph::Value& f,
                         OnnxGraph::Value& rstd) const;

  // d at y becomes d at the sum; with d at what f is given, that becomes d at x.
  OnnxGraph::Value back_to_sum(OnnxGraph& graph, const OnnxGraph::Value& rstd, const OnnxGraph::Value& d) const;
  OnnxGraph::Value back_to_x(OnnxGraph& graph, const OnnxGraph::Value& rstd, const OnnxGraph::Value& d_sum,
                             const OnnxGraph::Value& d_given) const;
};

struct OnnxAttention {
  OnnxLinear query, key, value, output;
  OnnxResidual residual;
  std::int64_t heads, width;

  struct Pass {
    OnnxGraph::Value weights, rstd;  // A [B, H, S, S]
  };
  OnnxGraph::Value forward(OnnxGraph& graph, const OnnxGraph::Value& x, const OnnxScores& scores, Pass& pass) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const Pass& pass, const OnnxGraph::Value& d) const;

 private:
  OnnxGraph::Value pair_scores(OnnxGraph& graph, const OnnxGraph::Value& given, const OnnxScores& scores) const;
  OnnxGraph::Value split(OnnxGraph& graph, const OnnxGraph::Value& x) const;  // [B, S, d] to [B, H, S, d_k]
  OnnxGraph::Value join(OnnxGraph& graph, const OnnxGraph::Value& x) const;   // and back
};

struct OnnxFeedForward {
  OnnxLinear intermediate, output;
  OnnxResidual residual;
  std::optional<OnnxLinear> gate;  // GeGLU: what `intermediate` makes is multiplied by GELU of what this one makes

  struct Pass {
    OnnxGraph::Value gate, rstd;  // GELU(x)/x, or GeGLU's GELU
  };
  OnnxGraph::Value forward(OnnxGraph& graph, const OnnxGraph::Value& x, Pass& pass) const;
  OnnxGraph::Value backward(OnnxGraph& graph, const Pass& pass, const OnnxGraph::Value& d) const;
};

// GELU(x)/x = Φ(x)
OnnxGraph::Value gelu_gate(OnnxGraph& graph, const OnnxGraph::Value& x);

}  // namespace pellucid
