// The encoder as ONNX operators. Internal to the export layer.
#pragma once

#include <optional>
#include <vector>

#include "export/onnx_blocks.h"

namespace pellucid {

// What a batch of padded texts brings along.
struct OnnxBatch {
  OnnxGraph::Value ids;     // [B, S] integers
  OnnxGraph::Value mask;    // [B, S] integers: 1, and 0 for padding
  OnnxGraph::Value kept;    // [B, S] booleans
  OnnxGraph::Value weight;  // [B, S] floats: the mask
  OnnxGraph::Value length;  // [B, 1] floats: tokens of each text
};

struct OnnxEncoder {
  struct Layer {
    OnnxAttention attention;
    OnnxFeedForward feed_forward;
    OnnxAttention::Pass attention_pass = {};
    OnnxFeedForward::Pass feed_forward_pass = {};
  };
  std::vector<Layer> layers;
  OnnxScores scores;          // of every layer
  OnnxGraph::Value embedded;  // H(0), the e_i of a decomposition [B, S, d]
  OnnxGraph::Value hidden;    // H(L)

  // The forward pass; errors stay in `weights`.
  OnnxEncoder(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch);

  // d at H(L) becomes d at H(0), gates held fixed.
  OnnxGraph::Value backward(OnnxGraph& graph, OnnxGraph::Value d) const;
};

}  // namespace pellucid
