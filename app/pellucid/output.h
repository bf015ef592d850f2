// Where results go: stdout, or a file that appears whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "error/error.h"
#include "files/atomic_file.h"

namespace pellucid {

class Output {
 public:
  // "" and "-" are stdout.
  static Result<Output> open(const std::string& path);
  Result<void> write(std::string_view text);
  Result<void> commit();

 private:
  std::optional<AtomicFile> file_;
};

// Writes all of `text` there.
Result<void> write_output(const std::string& path, std::string_view text);

}  // namespace pellucid
