// What scores of attention depend on beside queries and keys: where tokens stand. Internal to the export layer.
#pragma once

#include <optional>

#include "export/onnx_weights.h"

namespace pellucid {

// What a batch of padded texts brings along.
struct OnnxBatch {
  OnnxGraph::Value ids;     // [B, S] integers
  OnnxGraph::Value mask;    // [B, S] integers: 1, and 0 for padding
  OnnxGraph::Value kept;    // [B, S] booleans
  OnnxGraph::Value weight;  // [B, S] floats: the mask
  OnnxGraph::Value length;  // [B, 1] floats: tokens of each text
};

struct OnnxScores {
  OnnxGraph::Value kept;           // booleans [B, 1, 1, S]: no padding; [B, 1, S, S]: within the window, too
  OnnxGraph::Value relative = {};  // [H, S, S] a term for each distance; or empty

  struct Rotary {
    OnnxGraph::Value cosines, sines;                                           // [S, d_k / 2]
    OnnxGraph::Value turn(OnnxGraph& graph, const OnnxGraph::Value& x) const;  // [B, H, S, d_k]
  };
  std::optional<Rotary> rotary = {};  // kernels/rotary.h

  struct Disentangled {
    OnnxGraph::Value positions;  // [R, d] their embeddings, as each layer projects them
    OnnxGraph::Value rows;       // integers [S, S]: which of them has the distance i − j
  };
  std::optional<Disentangled> disentangled = {};  // kernels/disentangled.h
};

// Of the encoder's local layers, or of all others. Errors stay in `weights`.
OnnxScores encoder_scores(OnnxGraph& graph, OnnxWeights& weights, const OnnxBatch& batch, bool local);

// [B, 1, 1, S]
OnnxGraph::Value kept_keys(OnnxGraph& graph, const OnnxBatch& batch);

// softmax over the last axis of what is `kept`; the rest gets 0.
OnnxGraph::Value softmax_of_kept(OnnxGraph& graph, const OnnxGraph::Value& x, const OnnxGraph::Value& kept);

}  // namespace pellucid
