// Where results go: stdout, or a file that appears whole or not at all.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "error/error.h"
#include "files/atomic_file.h"
#include "report/explanation.h"

namespace pellucid {

// Of results that go to different places: two on stdout, or in one file, would be lost in each other. Each path a file,
// "-" for stdout, "" where the result is not wanted.
Result<void> check_different(std::initializer_list<std::string> paths);

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

TerminalStyle stdout_style();

// Where the forms of a report go: each a file, "-" for stdout, "" where it is not wanted.
struct ReportPaths {
  std::string html = {}, json = {}, svg = {};
};

struct ReportForms {
  std::function<std::string()> html = {}, json = {}, svg = {};
  std::function<std::string(const TerminalStyle&)> terminal;
};

// Opened before the work whose report this is: a folder that is not there is not told after hours.
class ReportOutputs {
 public:
  static Result<ReportOutputs> open(const ReportPaths& paths);
  // The forms that are wanted, and what the terminal shows where none of them took stdout. All files are written before
  // the first appears.
  Result<void> write(const ReportForms& forms);

 private:
  std::optional<Output> html_, json_, svg_;
  bool stdout_taken_ = false;
};

}  // namespace pellucid
