// Files that appear whole or not at all: written beside the target, synced, then renamed over it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "error/error.h"

namespace pellucid {

class AtomicFile {
 public:
  // Opens `path`.partial in the same folder; fails if the folder is missing or not writable. A
  // partial file that a killed process left is taken over; one that another writer holds (flock) is
  // not: then `path`.partial2, … . A symbolic link is followed. A device or a pipe (/dev/stdout) is
  // written directly: there is nothing to rename.
  static Result<AtomicFile> create(const std::filesystem::path& path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();  // without commit(), removes what was written

  Result<void> write(std::string_view bytes);
  Result<void> write(std::span<const std::byte> bytes);

  // fsync, rename, fsync of the folder. Errors (a full disk, say) leave the old file as it was.
  Result<void> commit();

 private:
  AtomicFile(std::filesystem::path path, std::filesystem::path partial, int descriptor);
  Result<void> write_bytes(const char* data, std::size_t size);
  void discard() noexcept;

  std::filesystem::path path_;
  std::filesystem::path partial_;  // empty: `path_` is written directly
  int descriptor_ = -1;
};

// The common case in one call.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace pellucid
