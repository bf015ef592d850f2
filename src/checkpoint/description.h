// pellucid.json, which makes a Hugging Face folder one of our classifiers. Internal to the checkpoint
// layer; the format is in docs/formats.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
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
  std::map<std::string, std::string> files;  // SHA-256 of config.json and the tokenizer's, by name; empty: not recorded
};

// Fails, too, where the file is not as it was written: it holds a hash of itself.
Result<ModelDescription> read_description(const std::filesystem::path& file);

// The files beside the weights are those that `files` records, and there are no others.
Result<void> check_files(const std::filesystem::path& folder, const std::map<std::string, std::string>& files);

// Labels that a classifier can have: two or more, distinct, none empty.
Result<LabelSet> checked_labels(std::vector<std::string> names, const std::string& where);

}  // namespace pellucid
