// history.jsonl: a line per step, a line per evaluation. docs/formats.md.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "error/error.h"
#include "evaluate/metrics.h"

namespace pellucid::train {

struct StepRecord {
  std::int64_t step = 0;
  std::int64_t epoch = 0;
  double loss = 0;
  double learning_rate = 0;
  double tokens_per_second = 0;
};

class History {
 public:
  // Opens `out`/history.jsonl, keeping the lines of so many steps and evaluations, the first (0 steps: a fresh file). A
  // run may have been saved between its last step and the evaluation behind it, or behind that.
  static Result<History> open(const std::filesystem::path& out, std::int64_t steps, std::int64_t evaluations);
  Result<void> add(const StepRecord& record);
  Result<void> add(std::int64_t step, const ClassificationMetrics& validation);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Result<void> write_line(const std::string& line);
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace pellucid::train
