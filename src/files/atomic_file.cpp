#include "files/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "files/folder.h"
#include "files/system_error.h"

namespace pellucid {
namespace {

constexpr int kMostWriters = 100;

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool same_file(int descriptor, const std::filesystem::path& path) {
  struct stat open_file, named;
  return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

// Opens and locks `partial`; -1 with errno EWOULDBLOCK if another writer holds it.
int open_locked(const std::filesystem::path& partial) {
  for (;;) {
    const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor < 0) return -1;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      errno = EWOULDBLOCK;
      return -1;
    }
    // Between our open and our lock the former holder may have renamed or removed it: begin again.
    if (same_file(descriptor, partial)) return descriptor;
    ::close(descriptor);
  }
}

// The number N of /dev/fd/N and its like: what the caller has opened is written where it stands, not replaced.
std::optional<int> inherited_descriptor(const std::filesystem::path& path) {
  const std::string name = path.lexically_normal().string();
  if (name == "/dev/stdout") return STDOUT_FILENO;
  if (name == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!name.starts_with(folder)) continue;
    int number = -1;
    const char* end = name.data() + name.size();
    if (std::from_chars(name.data() + folder.size(), end, number).ptr == end && number >= 0) return number;
  }
  return std::nullopt;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, std::filesystem::path partial, int descriptor)
    : path_(std::move(path)), partial_(std::move(partial)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    path_ = std::move(other.path_);
    partial_ = std::move(other.partial_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

AtomicFile::~AtomicFile() {
  discard();
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path) {
  if (const std::optional<int> inherited = inherited_descriptor(path)) {
    const int descriptor = ::fcntl(*inherited, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) return system_failure(errno, path, "an open descriptor");
    return AtomicFile(path, {}, descriptor);
  }
  std::error_code failure;
  std::filesystem::path target = path;
  struct stat status;
  if (std::filesystem::is_symlink(path, failure) && (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode))) {
    target = std::filesystem::weakly_canonical(path, failure);
    if (failure) return system_failure(failure.value(), path, "a link to a file that can be written");
  }
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::io, "expected a file to write, found a folder; give a file's name", path.string());
  }
  if (exists && !S_ISREG(status.st_mode)) {
    const int descriptor = ::open(target.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return system_failure(errno, path, "to write to it");
    return AtomicFile(path, {}, descriptor);
  }

  for (int writer = 1; writer <= kMostWriters; ++writer) {
    std::filesystem::path partial = target;
    partial += writer == 1 ? ".partial" : ".partial" + std::to_string(writer);
    const int descriptor = open_locked(partial);
    if (descriptor < 0 && errno == EWOULDBLOCK) continue;
    if (descriptor < 0) {
      const int reason = errno;
      return system_failure(reason, path, "a file in a folder that exists and can be written");
    }
    AtomicFile file(std::move(target), std::move(partial), descriptor);
    if (::ftruncate(descriptor, 0) != 0) return system_failure(errno, file.partial_, "to write to it");
    // A replaced file keeps its permissions; where that is refused, the usual ones do.
    if (exists) (void)::fchmod(descriptor, status.st_mode & 07777);
    return file;
  }
  return fail(ErrorCode::io, "expected one writer, found " + std::to_string(kMostWriters) + " at work on this file",
              path.string());
}

Result<void> AtomicFile::write(std::string_view bytes) {
  return write_bytes(bytes.data(), bytes.size());
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  return write_bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<void> AtomicFile::write_bytes(const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor_, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      const int reason = errno;
      discard();
      return system_failure(reason, path_, "to write to it");
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return {};
}

Result<void> AtomicFile::commit() {
  if (descriptor_ < 0)
    return fail(ErrorCode::io, "expected an open file, found one that has failed before", path_.string());
  if (partial_.empty()) {
    const int closed = ::close(std::exchange(descriptor_, -1));
    if (closed != 0) return system_failure(errno, path_, "to write to it");
    return {};
  }
  if (::fsync(descriptor_) != 0 || ::rename(partial_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    discard();
    return system_failure(reason, path_, "to write to it");
  }
  ::close(std::exchange(descriptor_, -1));
  sync_folder(folder_of(path_));  // the rename itself; the file's content is safe already
  return {};
}

void AtomicFile::discard() noexcept {
  if (descriptor_ < 0) return;
  // Removed before it is closed, that is under the lock: nobody else can have taken it over.
  if (!partial_.empty()) ::unlink(partial_.c_str());
  ::close(std::exchange(descriptor_, -1));
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
  PELLUCID_TRY(AtomicFile file, AtomicFile::create(path));
  PELLUCID_CHECK(file.write(bytes));
  return file.commit();
}

}  // namespace pellucid
