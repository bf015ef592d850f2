#include "train/history.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "files/atomic_file.h"
#include "files/mapped_file.h"

namespace pellucid::train {

using nlohmann::ordered_json;

Result<History> History::open(const std::filesystem::path& out, std::int64_t steps, std::int64_t evaluations) {
  History history;
  history.path_ = out / "history.jsonl";
  std::string kept;
  if (steps > 0 && std::filesystem::exists(history.path_)) {
    PELLUCID_TRY(const std::string text, read_file(history.path_));
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      if (end == std::string::npos) break;  // a line cut off by a crash
      const std::string line = text.substr(begin, end - begin);
      const auto record = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
      const bool is_kept = record.contains("validation")
                               ? evaluations-- > 0
                               : record.is_object() && record.value("step", steps + 1) <= steps;
      if (is_kept) kept += line + "\n";
      begin = end + 1;
    }
  }
  PELLUCID_CHECK(write_file(history.path_, kept));
  history.file_.reset(std::fopen(history.path_.c_str(), "a"));
  if (!history.file_)
    return fail(ErrorCode::io, std::string("cannot write: ") + std::strerror(errno), history.path_.string());
  return history;
}

Result<void> History::add(const StepRecord& record) {
  ordered_json line;
  line["step"] = record.step;
  line["epoch"] = record.epoch;
  line["loss"] = record.loss;
  line["learning_rate"] = record.learning_rate;
  line["tokens_per_second"] = record.tokens_per_second;
  return write_line(line.dump());
}

Result<void> History::add(std::int64_t step, const ClassificationMetrics& validation) {
  ordered_json metrics;
  metrics["n"] = validation.n;
  metrics["accuracy"] = validation.accuracy;
  metrics["macro_precision"] = validation.macro.precision;
  metrics["macro_recall"] = validation.macro.recall;
  metrics["macro_f1"] = validation.macro.f1;
  metrics["negative_log_likelihood"] = validation.negative_log_likelihood;
  ordered_json line;
  line["step"] = step;
  line["validation"] = metrics;
  return write_line(line.dump());
}

Result<void> History::write_line(const std::string& line) {
  if (std::fprintf(file_.get(), "%s\n", line.c_str()) < 0 || std::fflush(file_.get()) != 0) {
    return fail(ErrorCode::io, std::string("cannot write: ") + std::strerror(errno), path_.string());
  }
  return {};
}

}  // namespace pellucid::train
