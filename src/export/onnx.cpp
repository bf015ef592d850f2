#include "export/onnx.h"

#include <nlohmann/json.hpp>

#include "checkpoint/classifier_folder.h"
#include "export/onnx_head.h"
#include "files/atomic_file.h"

namespace pellucid {
namespace {

OnnxBatch read_batch(OnnxGraph& graph) {
  OnnxBatch batch;
  batch.ids = graph.integer_input("input_ids", {"batch", "sequence"});
  batch.mask = graph.integer_input("attention_mask", {"batch", "sequence"});
  batch.kept = graph.add("Greater", {batch.mask, graph.integer(0)});
  batch.weight = graph.add("Cast", {batch.mask}, {{"to", std::int64_t{1}}});  // float
  batch.length = graph.add("ReduceSum", {batch.weight, graph.integers({1})});
  return batch;
}

}  // namespace

Result<void> export_onnx(const ModelFolder& model, const std::filesystem::path& file) {
  PELLUCID_CHECK(check_classifier(model));
  PELLUCID_TRY(const SafetensorsFile tensors, SafetensorsFile::open(model.path / "model.safetensors"));
  OnnxGraph graph(std::filesystem::file_size(model.path / "model.safetensors") + (std::size_t{1} << 20));
  OnnxWeights weights(model, tensors, graph);
  const OnnxBatch batch = read_batch(graph);
  const OnnxEncoder encoder(graph, weights, batch);
  const OnnxGraph::Value logits = head_logits(graph, weights, *model.head, batch, encoder);
  PELLUCID_CHECK(weights.status());
  graph.float_output(logits, "logits", {"batch", std::ssize(model.head->labels.names())});
  PELLUCID_TRY(const std::string bytes,
               graph.finish({{"pellucid.labels", nlohmann::json(model.head->labels.names()).dump()},
                             {"pellucid.max_length", std::to_string(model.max_length)},
                             {"pellucid.adjust", std::string(name_of(model.head->adjust))},
                             {"pellucid.weights_sha256", model.weights_sha256}}));
  return write_file(file, bytes);
}

}  // namespace pellucid
