#include "files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "files/system_error.h"

namespace pellucid {
namespace {

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

Result<struct stat> open_for_reading(const std::filesystem::path& path, Descriptor& file) {
  file.number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file.number < 0 || ::fstat(file.number, &status) != 0) return system_failure(errno, path, "a file to read");
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::io, "expected a file, found a folder", path.string());
  return status;
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  Descriptor file;
  PELLUCID_TRY(const struct stat status, open_for_reading(path, file));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::io, "expected a regular file, found a device or a pipe", path.string());
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (data == MAP_FAILED) return system_failure(errno, path, "to map it into memory");
  return MappedFile(data, size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  Descriptor file;
  PELLUCID_TRY(const struct stat status, open_for_reading(path, file));
  const auto too_large = [&] {
    return fail(ErrorCode::limit, "expected at most " + std::to_string(limit) + " bytes, found more", path.string());
  };
  const auto announced = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (announced > limit) return too_large();

  // The announced size is a hint only: pipes and /proc announce 0, and a file may grow meanwhile.
  std::string text(announced + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    if (filled == text.size()) text.resize(text.size() * 2 + 4096);
    const ssize_t got = ::read(file.number, text.data() + filled, text.size() - filled);
    if (got < 0) {
      if (errno == EINTR) continue;
      return system_failure(errno, path, "to read it");
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > limit) return too_large();
  }
  text.resize(filled);
  return text;
}

}  // namespace pellucid
