// A folder as whoever needs a classifier checks it, and as whoever writes another one copies it.
#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/model_folder.h"
#include "error/error.h"

namespace pellucid {

// Fails for a bare encoder, which cannot predict.
Result<void> check_classifier(const ModelFolder& model);

// Copies config.json and the tokenizer files into `folder`, where that is another one. `config`, a JSON object as text,
// replaces members of config.json.
Result<void> copy_configuration(const std::filesystem::path& folder, const ModelFolder& model,
                                const std::string& config = "{}");

}  // namespace pellucid
