#include "files/sequence_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "files/system_error.h"

namespace pellucid {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 18;

// Not O_TMPFILE, which network file systems lack.
std::FILE* open_nameless(const std::filesystem::path& folder) {
  std::string name = (folder / "pellucid-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  ::unlink(name.c_str());
  std::FILE* file = ::fdopen(descriptor, "w+b");
  if (file == nullptr) {
    ::close(descriptor);
    return nullptr;
  }
  std::setvbuf(file, nullptr, _IOFBF, kBuffer);
  return file;
}

}  // namespace

Result<SequenceFile> SequenceFile::create(const std::filesystem::path& folder) {
  File bytes(open_nameless(folder));
  File bounds(bytes ? open_nameless(folder) : nullptr);
  if (!bounds) return system_failure(errno, folder, "a folder to write temporary files to");
  SequenceFile file(folder, std::move(bytes), std::move(bounds));
  PELLUCID_CHECK(file.write(*file.bounds_, &file.end_, sizeof file.end_));
  return file;
}

Result<void> SequenceFile::add(std::string_view bytes) {
  PELLUCID_CHECK(write(*bytes_, bytes.data(), bytes.size()));
  end_ += bytes.size();
  PELLUCID_CHECK(write(*bounds_, &end_, sizeof end_));
  ++size_;
  return {};
}

// To the disk, not just to the system: what fails to be written later would be read as something else.
Result<void> SequenceFile::finish() {
  for (std::FILE* file : {bytes_.get(), bounds_.get()}) {
    if (std::fflush(file) != 0 || ::fdatasync(::fileno(file)) != 0) {
      return system_failure(errno, folder_, "room for temporary files");
    }
  }
  return {};
}

Result<std::string> SequenceFile::read(std::size_t number) const {
  std::uint64_t bounds[2];
  PELLUCID_CHECK(read(*bounds_, number * sizeof *bounds, bounds, sizeof bounds));
  std::string bytes(bounds[1] - bounds[0], '\0');
  PELLUCID_CHECK(read(*bytes_, bounds[0], bytes.data(), bytes.size()));
  return bytes;
}

Result<void> SequenceFile::write(std::FILE& file, const void* data, std::size_t size) const {
  if (std::fwrite(data, 1, size, &file) == size) return {};
  return system_failure(errno, folder_, "room for temporary files");
}

Result<void> SequenceFile::read(std::FILE& file, std::uint64_t offset, void* data, std::size_t size) const {
  for (std::size_t filled = 0; filled < size;) {
    const ssize_t got =
        ::pread(::fileno(&file), static_cast<char*>(data) + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return system_failure(got < 0 ? errno : EIO, folder_, "temporary files that can be read");
    filled += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace pellucid
