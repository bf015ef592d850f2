// The encoder as ONNX operators. Internal to the export layer.
#pragma once

#include <optional>
#include <vector>

#include "export/onnx_blocks.h"

namespace pellucid {

struct OnnxEncoder {
  struct Layer {
    OnnxAttention attention;
    OnnxFeedForward feed_forward;
    OnnxAttention::Pass attention_pass = {};
    OnnxFeedForward::Pass feed_forward_pass = {};
  };
  std::vector<Layer> layers;
  std::optional<OnnxNorm> last_norm;  // of what the layers made
  OnnxGraph::Value last_rstd;
  OnnxGraph::Value embedded;  // H(0), the e_i of a decomposition [B, S, d]
  OnnxGraph::Value hidden;    // H(L)

  // The forward pass; errors stay in `weights`.
  OnnxEncoder(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch);

  // d at H(L) becomes d at H(0), gates held fixed.
  OnnxGraph::Value backward(OnnxGraph& graph, OnnxGraph::Value d) const;
};

}  // namespace pellucid
