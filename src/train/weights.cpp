#include "train/weights.h"

#include <torch/utils.h>

#include <cstring>
#include <map>

#include "checkpoint/safetensors.h"

namespace pellucid::train {
namespace {

constexpr const char* kWordEmbeddings = "embeddings.word_embeddings.weight";
constexpr const char* kParts[] = {"query", "key", "value"};

bool is_head(const std::string& name) {
  return name.starts_with("head.");
}

// "….qkv.weight" is three tensors of BERT's, one after another; every other name holds itself, as does this one of an
// encoder that has them in one.
std::vector<std::string> file_names(const std::string& name, const Architecture& architecture) {
  const std::size_t at = name.find("qkv.");
  if (at == std::string::npos || (architecture.fused_qkv && !is_head(name))) return {name};
  std::vector<std::string> names;
  for (const char* part : kParts) names.push_back(name.substr(0, at) + part + name.substr(at + 3));
  return names;
}

Result<void> read_tensor(const SafetensorsFile& file, const std::string& name, const torch::Tensor& target) {
  std::vector<float> storage;
  PELLUCID_TRY(const std::span<const float> values, file.floats(name, target.sizes().vec(), storage));
  torch::NoGradGuard no_gradient;
  target.copy_(torch::from_blob(const_cast<float*>(values.data()), target.sizes(), torch::kFloat32));
  return {};
}

}  // namespace

Result<void> load_weights(System& system, const ModelFolder& folder, bool with_head) {
  PELLUCID_TRY(const SafetensorsFile file, SafetensorsFile::open(folder.path / "model.safetensors"));
  Result<void> status;
  system.visit([&](const std::string& name, torch::Tensor& tensor) {
    if (!status || (is_head(name) && !with_head)) return;
    const std::vector<std::string> names = file_names(name, *folder.encoder.architecture);
    const std::int64_t rows = tensor.size(0) / static_cast<std::int64_t>(names.size());
    for (std::size_t part = 0; part < names.size() && status; ++part) {
      const std::string full = is_head(name) ? names[part] : folder.encoder_tensor(names[part]);
      status = read_tensor(file, full, tensor.narrow(0, static_cast<std::int64_t>(part) * rows, rows));
    }
  });
  return status;
}

Result<void> load_word_vectors(System& system, const ModelFolder& folder) {
  PELLUCID_TRY(const SafetensorsFile file, SafetensorsFile::open(folder.path / "model.safetensors"));
  Result<void> status;
  system.visit([&](const std::string& name, torch::Tensor& tensor) {
    if (name != "words.weight" && name != kWordEmbeddings) return;
    status = read_tensor(file, folder.encoder_tensor(kWordEmbeddings), tensor);
  });
  return status;
}

Result<void> save_weights(System& system, const std::filesystem::path& file, const Architecture& architecture) {
  NamedTensors tensors;
  system.visit([&](const std::string& name, torch::Tensor& tensor) {
    const std::vector<std::string> names = file_names(name, architecture);
    const std::int64_t rows = tensor.size(0) / static_cast<std::int64_t>(names.size());
    for (std::size_t part = 0; part < names.size(); ++part) {
      tensors.emplace_back(tensor_name(architecture, names[part]),
                           tensor.detach().narrow(0, static_cast<std::int64_t>(part) * rows, rows));
    }
  });
  return save_tensors(tensors, file);
}

Result<void> save_tensors(const NamedTensors& tensors, const std::filesystem::path& file) {
  std::map<std::string, TensorView> views;
  std::vector<torch::Tensor> kept;  // keeps the bytes alive until they are written
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    kept.push_back(plain);
    views[name] = TensorView{
        DataType::f32, plain.sizes().vec(), {static_cast<const std::byte*>(plain.data_ptr()), plain.nbytes()}};
  }
  return write_safetensors(file, views);
}

Result<void> load_tensors(const NamedTensors& tensors, const std::filesystem::path& file) {
  PELLUCID_TRY(const SafetensorsFile open, SafetensorsFile::open(file));
  for (const auto& [name, tensor] : tensors) PELLUCID_CHECK(read_tensor(open, name, tensor));
  return {};
}

}  // namespace pellucid::train
