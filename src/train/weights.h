// Between a system's parameters and model.safetensors: names of its architecture, query, key and value apart.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/model_folder.h"
#include "error/error.h"
#include "train/systems/system.h"

namespace pellucid::train {

// Reads the encoder, and the head too if `with_head`. Missing or misshapen tensors are errors that
// name the tensor.
Result<void> load_weights(System& system, const ModelFolder& folder, bool with_head);

// Starts a system from scratch from the encoder's word embeddings.
Result<void> load_word_vectors(System& system, const ModelFolder& folder);

// fp32, written aside and renamed; the encoder's tensors are called as the architecture calls them.
Result<void> save_weights(System& system, const std::filesystem::path& file, const Architecture& architecture = kBert);

// Any named fp32 tensors, as they are; for optimiser state.
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;
Result<void> save_tensors(const NamedTensors& tensors, const std::filesystem::path& file);
Result<void> load_tensors(const NamedTensors& tensors, const std::filesystem::path& file);  // in place, same shapes

}  // namespace pellucid::train
