#include "evaluate/randomised_model.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"
#include "data/random.h"
#include "files/system_error.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

// Removed with everything in it; what is mapped from it lives on.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create() {
    std::error_code failure;
    std::string pattern = (fs::temp_directory_path(failure) / "pellucid-XXXXXX").string();
    if (failure || ::mkdtemp(pattern.data()) == nullptr) {
      return system_failure(errno, pattern, "to make a temporary folder");
    }
    return TemporaryFolder(pattern);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// At which stage a tensor goes: 0 the head and all that is no encoder, 1 the last layer, …
std::size_t stage_of(const std::string& name, const ModelFolder& model) {
  const std::int64_t layers = model.encoder.num_hidden_layers;
  for (std::int64_t l = 0; l < layers; ++l) {
    const std::string scope = "encoder.layer." + std::to_string(l) + ".";
    if (name.starts_with(model.encoder_tensor(scope))) return static_cast<std::size_t>(layers - l);
  }
  // What is below the layers, or shared by them.
  for (const char* below :
       {"embeddings", "encoder.relative_attention_bias", "encoder.rel_embeddings", "encoder.LayerNorm"}) {
    if (name.starts_with(model.encoder_tensor(below))) return static_cast<std::size_t>(layers) + 1;
  }
  return 0;
}

std::vector<std::byte> shuffled(const TensorView& tensor, SplitMix64 random) {
  const std::size_t size = size_of(tensor.type);
  std::vector<std::byte> bytes(tensor.bytes.begin(), tensor.bytes.end());
  std::vector<std::byte> held(size);
  for (std::size_t left = bytes.size() / size; left > 1; --left) {  // Fisher-Yates
    std::byte* a = bytes.data() + (left - 1) * size;
    std::byte* b = bytes.data() + random.below(left) * size;
    std::memcpy(held.data(), a, size);
    std::memmove(a, b, size);
    std::memcpy(b, held.data(), size);
  }
  return bytes;
}

Result<void> write_weights(const ModelFolder& model, const fs::path& file, std::size_t stage, std::uint64_t seed) {
  PELLUCID_TRY(const SafetensorsFile weights, SafetensorsFile::open(model.path / "model.safetensors"));
  std::map<std::string, TensorView> tensors = weights.tensors();
  std::map<std::string, std::vector<std::byte>> random;
  std::uint64_t stream = 0;
  for (auto& [name, tensor] : tensors) {
    ++stream;
    if (stage_of(name, model) > stage) continue;
    const std::vector<std::byte>& bytes = random[name] = shuffled(tensor, SplitMix64(seed, stream));
    tensor.bytes = bytes;
  }
  return write_safetensors(file, tensors, weights.metadata());
}

}  // namespace

Result<std::vector<std::string>> randomisation_stages(const std::string& name_or_path) {
  PELLUCID_TRY(const ModelFolder model, open_model_folder(name_or_path));
  std::vector<std::string> stages = {"head"};
  for (std::int64_t layer = model.encoder.num_hidden_layers; layer > 0; --layer) {
    stages.push_back("layer " + std::to_string(layer));
  }
  stages.emplace_back("embeddings");
  return stages;
}

Result<std::unique_ptr<Classifier>> load_randomised(const std::string& name_or_path, std::size_t stage,
                                                    std::uint64_t seed, const Classifier& like) {
  PELLUCID_TRY(const ModelFolder model, open_model_folder(name_or_path));
  PELLUCID_TRY(const TemporaryFolder folder, TemporaryFolder::create());
  PELLUCID_CHECK(write_weights(model, folder.path() / "model.safetensors", stage, seed));
  PELLUCID_CHECK(write_model_description(folder.path(), model, *model.head, model.max_length, "{}"));
  return load_classifier(folder.path().string(), {.precision = like.precision(), .max_length = like.max_length()});
}

}  // namespace pellucid
