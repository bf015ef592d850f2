#include "checkpoint/model_place.h"

#include <cstdlib>
#include <vector>

#include "checkpoint/model_folder.h"

namespace pellucid {
namespace fs = std::filesystem;

std::vector<fs::path> bundled_model_places() {
  std::vector<fs::path> places;
  if (const char* chosen = std::getenv("PELLUCID_MODELS"); chosen != nullptr && *chosen != '\0') {
    places.emplace_back(chosen);
  }
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) {
    places.push_back(program.parent_path() / "models");
    places.push_back(program.parent_path().parent_path() / "share" / "pellucid" / "models");
  }
  return places;
}

Result<fs::path> find_model(const std::string& name_or_path) {
  std::error_code failure;
  const fs::file_status status = fs::status(name_or_path, failure);
  if (fs::is_directory(status)) return fs::path(name_or_path);
  if (fs::exists(status)) {
    return fail(ErrorCode::not_found, "expected a model folder, found a file; name the folder that holds it",
                name_or_path);
  }
  const bool is_name = !name_or_path.empty() && name_or_path.find('/') == std::string::npos && name_or_path[0] != '.';
  if (!is_name) {
    return fail(ErrorCode::not_found, "expected a model folder or the name of a bundled model, found no such folder",
                name_or_path);
  }
  std::string looked;
  for (const fs::path& place : bundled_model_places()) {
    fs::path folder = place / name_or_path;
    if (fs::is_directory(folder, failure)) return folder;
    looked.append(looked.empty() ? "" : ", ").append(folder.string());
  }
  return fail(ErrorCode::not_found,
              "expected a model folder or the name of a bundled model, found neither; looked at ./" + name_or_path +
                  ", " + looked +
                  ". Run scripts/setup to fetch the bundled models, or set PELLUCID_MODELS to their folder",
              name_or_path);
}

}  // namespace pellucid
