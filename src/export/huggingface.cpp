#include "export/huggingface.h"

#include <nlohmann/json.hpp>

#include "checkpoint/classifier_folder.h"
#include "files/atomic_file.h"
#include "files/folder.h"
#include "files/mapped_file.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Result<void> check_head(const ModelFolder& model) {
  PELLUCID_CHECK(check_classifier(model));
  if (model.head->adjust == Adjust::pooler) return {};
  return fail(
      ErrorCode::unsupported,
      "expected a classifier that transformers has too (a " +
          std::string(model.encoder.architecture->sequence_classifier) + "), found a head of pellucid's own, \"" +
          std::string(name_of(model.head->adjust)) +
          "\"; --format onnx writes it as it is, and transformers' AutoModel loads the encoder from this folder",
      model.path.string());
}

// What says that it is a classifier, and of what.
std::string own_members(const ModelFolder& model) {
  ordered_json config;
  config["architectures"] = {model.encoder.architecture->sequence_classifier};
  config["problem_type"] = "single_label_classification";
  for (std::size_t i = 0; i < model.head->labels.size(); ++i) {
    config["id2label"][std::to_string(i)] = model.head->labels.name(i);
    config["label2id"][model.head->labels.name(i)] = i;
  }
  return config.dump();
}

}  // namespace

Result<void> export_huggingface(const ModelFolder& model, const fs::path& out) {
  PELLUCID_CHECK(check_head(model));
  const fs::path folder = out.has_filename() ? out : out.parent_path();  // "folder/" is that folder
  std::error_code failure;
  if (fs::exists(folder, failure) && !fs::is_directory(folder, failure)) {
    return fail(ErrorCode::usage, "expected a new folder, or an empty one, found a file; name another",
                folder.string());
  }
  if (fs::exists(folder, failure) && !fs::is_empty(folder, failure)) {
    return fail(ErrorCode::usage,
                "expected a new folder, or an empty one, found files in it; name another, or remove it",
                folder.string());
  }
  PELLUCID_TRY(AtomicFolder made, AtomicFolder::create(folder));
  PELLUCID_CHECK(copy_configuration(made.path(), model, own_members(model)));
  PELLUCID_TRY(const MappedFile weights, MappedFile::open(model.path / "model.safetensors"));
  PELLUCID_TRY(AtomicFile copy, AtomicFile::create(made.path() / "model.safetensors"));
  PELLUCID_CHECK(copy.write(weights.bytes()));
  PELLUCID_CHECK(copy.commit());
  return made.commit();
}

}  // namespace pellucid
