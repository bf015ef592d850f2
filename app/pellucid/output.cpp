#include "output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <utility>

#include "files/system_error.h"

namespace pellucid {

Result<void> check_different(std::initializer_list<std::string> paths) {
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    std::error_code ignored;
    // Devices and pipes take more than one.
    if (path.starts_with("/dev/") || path.starts_with("/proc/")) continue;
    const std::filesystem::path given = std::filesystem::absolute(path, ignored).lexically_normal();
    const std::filesystem::path found = std::filesystem::weakly_canonical(given, ignored);
    if (seen.insert(path == "-" ? path : (found.empty() ? given : found).string()).second) continue;
    return fail(ErrorCode::usage,
                path == "-" ? "expected one result on stdout, found two; give one of them a file"
                            : "expected a file for each result, found one for two; give one of them another",
                path);
  }
  return {};
}

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

TerminalStyle stdout_style() {
  return {.colour = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
}

Result<ReportOutputs> ReportOutputs::open(const ReportPaths& paths) {
  PELLUCID_CHECK(check_different({paths.html, paths.json, paths.svg}));
  ReportOutputs outputs;
  outputs.stdout_taken_ = paths.html == "-" || paths.json == "-" || paths.svg == "-";
  for (const auto& [path, output] : {std::pair(&paths.html, &outputs.html_), std::pair(&paths.json, &outputs.json_),
                                     std::pair(&paths.svg, &outputs.svg_)}) {
    if (path->empty()) continue;
    PELLUCID_TRY(*output, Output::open(*path));
  }
  return outputs;
}

Result<void> ReportOutputs::write(const ReportForms& forms) {
  const auto wanted = {std::pair(&html_, &forms.html), std::pair(&json_, &forms.json), std::pair(&svg_, &forms.svg)};
  for (const auto& [output, form] : wanted) {
    if (*output) PELLUCID_CHECK((*output)->write((*form)()));
  }
  for (const auto& [output, form] : wanted) {
    if (*output) PELLUCID_CHECK((*output)->commit());
  }
  if (stdout_taken_) return {};
  return write_output("-", forms.terminal(stdout_style()));
}

}  // namespace pellucid
