// A model folder: Hugging Face's config.json, model.safetensors and tokenizer files, with our
// pellucid.json beside them. Also reads plain Hugging Face folders: a bare encoder, or a
// sequence classifier (a layer over the first token, and a linear one). Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/architecture.h"
#include "data/example.h"
#include "error/error.h"

namespace pellucid {

inline constexpr std::size_t kSpecialTokens = 2;  // [CLS] and [SEP], in every text

// How the attribution enters the prediction (method.md section 2).
//   none    z = mean_i H_i W_c + b_c, no context layer
//   top     token weights from the context layer's attention attribution
//   input   token weights from the exact decomposition down to the input
//   pooler  a plain Hugging Face classifier: z = φ(H_[CLS] W_p + b_p) W_c + b_c
enum class Adjust { none, top, input, pooler };

Result<Adjust> adjust_from_name(std::string_view name);
std::string_view name_of(Adjust adjust);

struct HeadConfig {
  Adjust adjust = Adjust::top;
  LabelSet labels;
};

struct ModelFolder {
  std::filesystem::path path;
  std::string system;  // empty: an encoder; else the system of pellucid-train that it holds, such as "cnn"
  EncoderConfig encoder;
  std::optional<HeadConfig> head;  // nullopt: a bare encoder (can be trained, cannot predict)
  std::size_t max_length = 512;    // tokens, special ones included
  std::string tensor_prefix;       // "" or the architecture's, in front of the encoder's tensors
  std::string weights_sha256;      // of model.safetensors, computed on load

  // What model.safetensors calls a tensor of the encoder that BERT calls so.
  std::string encoder_tensor(std::string_view bert) const {
    return tensor_prefix + tensor_name(*encoder.architecture, bert);
  }
};

// Resolves a bundled name (`minilm`) or a path, reads and checks the configuration, and hashes the
// weights; where pellucid.json records another hash, the load fails.
Result<ModelFolder> open_model_folder(const std::string& name_or_path);    // of an encoder alone
Result<ModelFolder> open_trained_folder(const std::string& name_or_path);  // of any system, too

// SHA-256 of what a folder holds beside its weights, by the files' names: config.json, pellucid.json, the tokenizer's.
Result<std::map<std::string, std::string>> hashes_beside_weights(const std::string& name_or_path);

// In config.json of a system's folder, whose model_type is "pellucid-…": the encoder's model_type; left out: BERT's.
inline constexpr const char* kEncoderType = "encoder_model_type";

// The system whose folder that is, without a look at its weights; empty for an encoder, and for what is no folder.
std::string system_of(const std::string& name_or_path);

// Where `minilm` and the like live: $PELLUCID_MODELS, else `models` beside the program, else
// ../share/pellucid/models.
std::vector<std::filesystem::path> bundled_model_places();

// Tensor names of the head in model.safetensors; the encoder's are Hugging Face's.
namespace head_tensors {
inline constexpr const char* kQueryWeight = "head.context.query.weight";    // [d, d]
inline constexpr const char* kQueryBias = "head.context.query.bias";        // [d]
inline constexpr const char* kKeyWeight = "head.context.key.weight";        // [d, d]
inline constexpr const char* kKeyBias = "head.context.key.bias";            // [d]
inline constexpr const char* kValueWeight = "head.context.value.weight";    // [d, d]
inline constexpr const char* kValueBias = "head.context.value.bias";        // [d]
inline constexpr const char* kOutputWeight = "head.context.output.weight";  // [d, d]
inline constexpr const char* kOutputBias = "head.context.output.bias";      // [d]
inline constexpr const char* kNormWeight = "head.context.norm.weight";      // [d]
inline constexpr const char* kNormBias = "head.context.norm.bias";          // [d]
inline constexpr const char* kClassifierWeight = "head.classifier.weight";  // [C, d]
inline constexpr const char* kClassifierBias = "head.classifier.bias";      // [C]
inline constexpr const char* kMixing = "head.mixing";                       // [1], λ = sigmoid(·)
inline constexpr const char* kLogTemperature = "head.log_temperature";      // [1], τ = exp(·)
}  // namespace head_tensors

// Copies config.json and the tokenizer files of `encoder` into `folder`, and writes pellucid.json:
// labels, head, max_length, the hash of model.safetensors (which must be there already), and
// `training`, a JSON object as text (options, seed, data fingerprint, version) kept as it is. `config`, another such
// object, replaces members of config.json.
Result<void> write_model_description(const std::filesystem::path& folder, const ModelFolder& encoder,
                                     const HeadConfig& head, std::size_t max_length, const std::string& training,
                                     const std::string& config = "{}");

}  // namespace pellucid
