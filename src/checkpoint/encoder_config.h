// config.json of an encoder as Hugging Face writes it: what we compute is accepted, everything that
// would change the computation is refused by name. Internal to the checkpoint layer.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "error/error.h"

namespace pellucid {

struct HuggingFaceConfig {
  EncoderConfig encoder;
  std::string system;                              // "cnn" where model_type is "pellucid-cnn"; empty for an encoder
  std::vector<std::string> architectures;          // empty if not given
  std::optional<std::vector<std::string>> labels;  // id2label, in order of its ids
  std::string problem_type;                        // empty if not given
};

Result<HuggingFaceConfig> read_config(const std::filesystem::path& file);

}  // namespace pellucid
