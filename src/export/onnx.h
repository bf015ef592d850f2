// A classifier as an ONNX file: ids and mask of padded texts to logits, in fp32, whatever its head. The attribution
// that a prediction of ours depends on is computed in the graph.
//
//   input_ids       int64 [batch, sequence]  as the folder's tokenizer gives them, special tokens too; padded behind
//   attention_mask  int64 [batch, sequence]  1, and 0 for padding; the first token of each text is one
//   logits          float [batch, C]         columns as the folder's labels
//
// Metadata: pellucid.labels (a JSON array), pellucid.max_length, pellucid.adjust, pellucid.weights_sha256.
#pragma once

#include <filesystem>

#include "checkpoint/model_folder.h"
#include "error/error.h"

namespace pellucid {

// Fails for a bare encoder, and above 2 GiB. Written aside and renamed.
Result<void> export_onnx(const ModelFolder& model, const std::filesystem::path& file);

}  // namespace pellucid
