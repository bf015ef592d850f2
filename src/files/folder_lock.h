// One process at a time writes to a folder: two that share intermediate files would mix them up.
#pragma once

#include <filesystem>

#include "error/error.h"

namespace pellucid {

class FolderLock {
 public:
  // Creates the folder where it is not there. Fails where another process holds it (flock); a killed one holds nothing.
  static Result<FolderLock> take(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace pellucid
