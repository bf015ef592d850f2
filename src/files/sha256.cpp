#include "files/sha256.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "files/system_error.h"

namespace pellucid {
namespace {

// Large enough that system calls cost nothing, small enough to stay in the second-level cache.
constexpr std::size_t kChunk = std::size_t{1} << 18;

std::string digest(sha256_ctx& context) {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes;
  ::sha256_digest(&context, bytes.size(), bytes.data());
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string name_digits(std::string_view hash) {
  return std::string(hash.substr(0, 12));
}

std::string sha256(std::string_view bytes) {
  sha256_ctx context;
  ::sha256_init(&context);
  ::sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return digest(context);
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return system_failure(errno, path, "a file to read");
  (void)::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  sha256_ctx context;
  ::sha256_init(&context);
  std::vector<std::uint8_t> chunk(kChunk);
  for (;;) {
    const ssize_t got = ::read(file, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int reason = errno;
      ::close(file);
      return system_failure(reason, path, "a file to read");
    }
    if (got == 0) break;
    ::sha256_update(&context, static_cast<std::size_t>(got), chunk.data());
  }
  ::close(file);
  return digest(context);
}

}  // namespace pellucid
