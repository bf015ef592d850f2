#include "checkpoint/model_folder.h"

#include <algorithm>
#include <utility>

#include "checkpoint/classifier_folder.h"
#include "checkpoint/description.h"
#include "checkpoint/encoder_config.h"
#include "checkpoint/model_place.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/vocabulary_size.h"
#include "files/sha256.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<std::string_view, Adjust> kAdjusts[] = {
    {"none", Adjust::none}, {"top", Adjust::top}, {"input", Adjust::input}, {"pooler", Adjust::pooler}};

constexpr const char* kWordEmbeddings = "embeddings.word_embeddings.weight";

Result<void> check_present(const fs::path& folder) {
  std::error_code failure;
  const auto has = [&](const char* name) { return fs::exists(folder / name, failure); };
  if (!has(kConfigFile)) {
    return fail(ErrorCode::not_found, "expected a model folder with config.json, found none in it", folder.string());
  }
  if (has(kWeightsFile)) return {};
  std::string found = "none in it";
  if (has("model.safetensors.index.json")) {
    found = "weights in several files; load and save them with transformers' save_pretrained(max_shard_size=\"100GB\")";
  } else if (has("pytorch_model.bin")) {
    found = "pytorch_model.bin; load and save it with transformers' save_pretrained()";
  }
  return fail(ErrorCode::not_found, "expected model.safetensors, found " + found, folder.string());
}

// Some models round their embedding up to a multiple of 8 … 128 rows that no piece uses.
bool padded(std::int64_t pieces, std::int64_t rows) {
  return pieces <= rows && rows - pieces < 128 && rows % 8 == 0;
}

Result<void> check_vocabulary(const fs::path& folder, const EncoderConfig& encoder) {
  PELLUCID_TRY(const std::int64_t pieces, vocabulary_size(folder));
  const std::int64_t spare = encoder.vocab_size - pieces;
  if (padded(pieces, encoder.vocab_size) || (spare >= 0 && spare <= encoder.architecture->spare_rows)) return {};
  return fail(ErrorCode::format,
              "vocabulary of another size: the tokenizer files hold " + std::to_string(pieces) +
                  " pieces, config.json has vocab_size " + std::to_string(encoder.vocab_size) +
                  "; do both belong to this model?",
              folder.string());
}

// The head of a plain Hugging Face classifier; nullopt for a bare encoder.
Result<std::optional<HeadConfig>> hugging_face_head(const HuggingFaceConfig& config, const SafetensorsFile& weights,
                                                    const fs::path& folder) {
  const std::string where = folder.string();
  const Architecture& architecture = *config.encoder.architecture;
  const std::vector<std::string>& names = config.architectures;
  const bool declared = std::ranges::find(names, architecture.sequence_classifier) != names.end();
  const std::string dense_name = std::string(architecture.head.dense) + ".weight";
  const std::string classifier_name = std::string(architecture.head.classifier) + ".weight";
  const TensorView* classifier = weights.find(classifier_name);
  const bool has_dense = weights.find(dense_name) != nullptr;
  if (declared && (classifier == nullptr || !has_dense)) {
    return fail(ErrorCode::not_found,
                "expected tensor \"" + (has_dense ? classifier_name : dense_name) + "\" of a " +
                    std::string(architecture.sequence_classifier) + ", found none of that name",
                (folder / kWeightsFile).string());
  }
  // Other classes (of tokens, of choices) have tensors of the same names that mean something else.
  if (!declared && (!names.empty() || classifier == nullptr || !has_dense)) return std::nullopt;

  if (!config.problem_type.empty() && config.problem_type != "single_label_classification") {
    return fail(ErrorCode::unsupported,
                "expected \"problem_type\": \"single_label_classification\", found \"" + config.problem_type + "\"",
                where);
  }
  const std::size_t classes = classifier->shape.empty() ? 0 : static_cast<std::size_t>(classifier->shape[0]);
  std::vector<std::string> labels;
  if (config.labels) {
    labels = *config.labels;
    if (labels.size() != classes) {
      return fail(ErrorCode::format,
                  "expected one label for each of the classifier's " + std::to_string(classes) + " rows, found " +
                      std::to_string(labels.size()) + " in id2label",
                  where);
    }
  } else {
    for (std::size_t i = 0; i < classes; ++i) labels.push_back("LABEL_" + std::to_string(i));
  }
  PELLUCID_TRY(LabelSet set, checked_labels(std::move(labels), where));
  return HeadConfig{Adjust::pooler, std::move(set)};
}

Result<std::string> find_prefix(const Architecture& architecture, const SafetensorsFile& weights,
                                const fs::path& folder) {
  const std::string name = tensor_name(architecture, kWordEmbeddings);
  const std::string own(architecture.prefix);
  for (const std::string& prefix : {std::string(), own}) {
    if (weights.find(prefix + name) != nullptr) return prefix;
  }
  return fail(ErrorCode::not_found,
              "expected tensor \"" + name + "\" or \"" + own + name +
                  "\", found neither; are these the weights of a \"" + std::string(architecture.model_type) +
                  "\" encoder?",
              (folder / kWeightsFile).string());
}

Result<void> apply_description(const fs::path& file, ModelFolder& model) {
  PELLUCID_TRY(ModelDescription description, read_description(file));
  const auto longest = static_cast<std::size_t>(model.encoder.max_length());
  if (description.max_length <= kSpecialTokens || description.max_length > longest) {
    return fail(ErrorCode::format,
                "expected a max_length from " + std::to_string(kSpecialTokens + 1) + " to " + std::to_string(longest) +
                    " tokens, found " + std::to_string(description.max_length),
                file.string());
  }
  if (description.weights_sha256 != model.weights_sha256) {
    return fail(ErrorCode::format,
                "model.safetensors is not the file that this model was saved with: expected SHA-256 " +
                    description.weights_sha256 + ", found " + model.weights_sha256 + "; copy the model folder again",
                (model.path / kWeightsFile).string());
  }
  if (!description.files.empty()) PELLUCID_CHECK(check_files(model.path, description.files));
  model.head = std::move(description.head);
  model.max_length = description.max_length;
  return {};
}

}  // namespace

Result<Adjust> adjust_from_name(std::string_view name) {
  for (const auto& [known, adjust] : kAdjusts) {
    if (name == known) return adjust;
  }
  return fail(ErrorCode::usage, "expected adjust none, top, input or pooler, found \"" + std::string(name) + "\"");
}

std::string_view name_of(Adjust adjust) {
  return std::find_if(std::begin(kAdjusts), std::end(kAdjusts), [&](const auto& a) { return a.second == adjust; })
      ->first;
}

std::string system_of(const std::string& name_or_path) {
  const auto path = find_model(name_or_path);
  const auto config = path ? read_config(*path / kConfigFile) : Result<HuggingFaceConfig>();
  return config ? config->system : "";
}

Result<void> check_classifier(const ModelFolder& model) {
  if (model.head) return {};
  return fail(ErrorCode::unsupported,
              "expected a trained classifier, found an encoder without one; train it first: "
              "pellucid train --data FILE --model " +
                  model.path.string() + " --out FOLDER",
              model.path.string());
}

Result<ModelFolder> open_model_folder(const std::string& name_or_path) {
  const std::string system = system_of(name_or_path);
  if (system.empty()) return open_trained_folder(name_or_path);
  return fail(ErrorCode::unsupported,
              "expected an encoder, found a model of the system \"" + system +
                  "\"; pellucid predict, explain and evaluate run it, other commands, and --record, do not",
              name_or_path);
}

Result<ModelFolder> open_trained_folder(const std::string& name_or_path) {
  ModelFolder model;
  PELLUCID_TRY(model.path, find_model(name_or_path));
  PELLUCID_CHECK(check_present(model.path));
  PELLUCID_TRY(HuggingFaceConfig config, read_config(model.path / kConfigFile));
  model.encoder = config.encoder;
  model.system = std::move(config.system);
  PELLUCID_CHECK(check_vocabulary(model.path, model.encoder));
  PELLUCID_TRY(const SafetensorsFile weights, SafetensorsFile::open(model.path / kWeightsFile));
  if (model.system.empty()) {
    PELLUCID_TRY(model.tensor_prefix, find_prefix(*model.encoder.architecture, weights, model.path));
  }
  PELLUCID_TRY(model.weights_sha256, sha256_file(model.path / kWeightsFile));
  model.max_length = static_cast<std::size_t>(model.encoder.max_length());

  std::error_code failure;
  if (const fs::path description = model.path / kDescriptionFile; fs::exists(description, failure)) {
    PELLUCID_CHECK(apply_description(description, model));
  } else {
    PELLUCID_TRY(model.head, hugging_face_head(config, weights, model.path));
  }
  return model;
}

}  // namespace pellucid
