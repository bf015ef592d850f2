#include "output.h"

#include <cerrno>
#include <cstdio>

#include "files/system_error.h"

namespace pellucid {

Result<Output> Output::open(const std::string& path) {
  Output output;
  if (!path.empty() && path != "-") {
    PELLUCID_TRY(AtomicFile file, AtomicFile::create(path));
    output.file_.emplace(std::move(file));
  }
  return output;
}

Result<void> Output::write(std::string_view text) {
  if (file_) return file_->write(text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    return system_failure(errno, "stdout", "to write results");
  }
  return {};
}

Result<void> Output::commit() {
  if (file_) return file_->commit();
  if (std::fflush(stdout) != 0) return system_failure(errno, "stdout", "to write results");
  return {};
}

Result<void> write_output(const std::string& path, std::string_view text) {
  PELLUCID_TRY(Output output, Output::open(path));
  PELLUCID_CHECK(output.write(text));
  return output.commit();
}

}  // namespace pellucid
