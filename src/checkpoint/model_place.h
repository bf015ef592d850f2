// Where a model argument points: a folder, or the name of a bundled model. Internal to the
// checkpoint layer; the list of places is public in model_folder.h.
#pragma once

#include <filesystem>
#include <string>

#include "error/error.h"

namespace pellucid {

// The folder of `name_or_path`. An existing path always wins over a bundled name.
Result<std::filesystem::path> find_model(const std::string& name_or_path);

}  // namespace pellucid
