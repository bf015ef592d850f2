// A classifier as a plain Hugging Face folder, for AutoModelForSequenceClassification of the transformers package.
#pragma once

#include <filesystem>

#include "checkpoint/model_folder.h"
#include "error/error.h"

namespace pellucid {

// `out` must be new, or empty; it is there whole or not at all. Fails for a bare encoder, and for heads that no
// class of transformers computes: all but Adjust::pooler.
Result<void> export_huggingface(const ModelFolder& model, const std::filesystem::path& out);

}  // namespace pellucid
