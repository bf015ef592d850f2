#include "files/system_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace pellucid {

tl::unexpected<Error> system_failure(int number, const std::filesystem::path& path, std::string_view expected) {
  // Our signals alone interrupt calls: Ctrl-C while a pipe is full, or nobody writes to it.
  if (number == EINTR) return fail(ErrorCode::interrupted, "interrupted; run the command again", path.string());
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::not_found : ErrorCode::io;
  // std::generic_category and not strerror, which is not thread-safe.
  return fail(code, "expected " + std::string(expected) + ", found: " + std::generic_category().message(number),
              path.string());
}

}  // namespace pellucid
