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

// What one read gives, whatever signals come; 0 at the file's end.
Result<std::size_t> read_some(const Descriptor& file, const std::filesystem::path& path, void* bytes,
                              std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(file.number, bytes, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return system_failure(errno, path, "to read it");
  }
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path, FileBytes how) {
  Descriptor file;
  PELLUCID_TRY(const struct stat status, open_for_reading(path, file));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::io, "expected a regular file, found a device or a pipe", path.string());
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile(nullptr, 0);
  const bool copied = how == FileBytes::copied;
  void* data = copied ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                      : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (data == MAP_FAILED) return system_failure(errno, path, copied ? "memory for it" : "to map it into memory");
  MappedFile mapped(data, size);
  for (std::size_t filled = 0; copied && filled < size;) {
    PELLUCID_TRY(const std::size_t got, read_some(file, path, static_cast<char*>(data) + filled, size - filled));
    if (got == 0) {
      return fail(ErrorCode::io,
                  "expected " + std::to_string(size) + " bytes, found " + std::to_string(filled) +
                      "; another program writes it: try again when that is done",
                  path.string());
    }
    filled += got;
  }
  return mapped;
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
    PELLUCID_TRY(const std::size_t got, read_some(file, path, text.data() + filled, text.size() - filled));
    if (got == 0) break;
    filled += got;
    if (filled > limit) return too_large();
  }
  text.resize(filled);
  return text;
}

}  // namespace pellucid
