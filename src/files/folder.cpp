#include "files/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "files/system_error.h"

namespace pellucid {

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return system_failure(code.value(), folder, "a folder that can be made");
  return {};
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

Result<void> put_in_place(const std::filesystem::path& partial, const std::filesystem::path& target) {
  std::error_code code;
  std::filesystem::rename(partial, target, code);
  if (code) return system_failure(code.value(), target, "a place for the finished folder");
  sync_folder(target.has_parent_path() ? target.parent_path() : ".");
  return {};
}

Result<AtomicFolder> AtomicFolder::create(const std::filesystem::path& target) {
  if (target.has_parent_path()) PELLUCID_CHECK(make_folder(target.parent_path()));
  for (int attempt = 1;; ++attempt) {
    std::filesystem::path partial = target;
    partial += attempt == 1 ? ".partial" : ".partial" + std::to_string(attempt);
    std::error_code code;
    if (std::filesystem::create_directory(partial, code)) return AtomicFolder(target, std::move(partial));
    if (code && code != std::errc::file_exists)
      return system_failure(code.value(), partial, "a folder that can be made");
  }
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!partial_.empty()) std::filesystem::remove_all(partial_, ignored);
}

Result<void> AtomicFolder::commit() {
  PELLUCID_CHECK(put_in_place(partial_, target_));
  partial_.clear();
  return {};
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  PELLUCID_CHECK(make_folder(folder));
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(errno, folder, "a folder that can be opened");
  FolderLock lock(descriptor);
  // A file system that knows no locks refuses otherwise.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return lock;
  return fail(ErrorCode::io,
              "expected a folder that nothing else writes to, found one that another run of pellucid uses; wait until "
              "that ends, or give another folder",
              folder.string());
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace pellucid
