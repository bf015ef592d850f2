// pellucid.json, which makes a Hugging Face folder one of our classifiers. Internal to the checkpoint
// layer; the format is in docs/formats.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "error/error.h"

namespace pellucid {

inline constexpr const char* kDescriptionFile = "pellucid.json";
inline constexpr const char* kWeightsFile = "model.safetensors";
inline constexpr const char* kConfigFile = "config.json";

struct ModelDescription {
  HeadConfig head;
  std::size_t max_length = 0;
  std::string weights_sha256;
};

Result<ModelDescription> read_description(const std::filesystem::path& file);

// Labels that a classifier can have: two or more, distinct, none empty.
Result<LabelSet> checked_labels(std::vector<std::string> names, const std::string& where);

}  // namespace pellucid
