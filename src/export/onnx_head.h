// The heads of runtime/model.h as ONNX operators. Internal to the export layer.
#pragma once

#include "export/onnx_encoder.h"

namespace pellucid {

// z [B, C]
OnnxGraph::Value head_logits(OnnxGraph& graph, OnnxWeights& weights, const HeadConfig& head, const OnnxBatch& batch,
                             const OnnxEncoder& encoder);

}  // namespace pellucid
