// Folders that are made where they are not there, and held by one process at a time.
#pragma once

#include <filesystem>
#include <utility>

#include "error/error.h"

namespace pellucid {

// With those above it.
Result<void> make_folder(const std::filesystem::path& folder);

// So that what was made, renamed or removed in it outlives a power cut. Some file systems cannot: then it does nothing.
void sync_folder(const std::filesystem::path& folder);

// A finished folder to its own name, where nothing is, or an empty folder.
Result<void> put_in_place(const std::filesystem::path& partial, const std::filesystem::path& target);

// A folder that appears with all its files or not at all.
class AtomicFolder {
 public:
  // Makes `target`.partial, or where something has that name `target`.partial2, …: it may be another export's, or
  // anybody's.
  static Result<AtomicFolder> create(const std::filesystem::path& target);

  AtomicFolder(AtomicFolder&& other) noexcept = default;
  AtomicFolder& operator=(AtomicFolder&& other) noexcept = delete;
  ~AtomicFolder();  // without commit(), removes what was written

  const std::filesystem::path& path() const { return partial_; }  // where its files are written
  Result<void> commit();                                          // `target` is nothing, or an empty folder

 private:
  AtomicFolder(std::filesystem::path target, std::filesystem::path partial)
      : target_(std::move(target)), partial_(std::move(partial)) {}

  std::filesystem::path target_;
  std::filesystem::path partial_;  // empty: committed
};

// Two processes that share intermediate files would mix them up.
class FolderLock {
 public:
  // Makes the folder. Fails where another process holds it (flock); a killed one holds nothing.
  static Result<FolderLock> take(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace pellucid
