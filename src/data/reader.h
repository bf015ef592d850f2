// Reads examples one at a time from CSV, TSV, JSONL, Orange .tab, AG News as published, plain text.
// Never holds more than one record (of at most 16 MiB) in memory. Formats: docs/formats.md.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/example.h"
#include "error/error.h"

namespace pellucid {

enum class Format { csv, tsv, jsonl, tab, ag_news, text };

Result<Format> format_from_name(std::string_view name);  // "csv", "ag-news", …
std::string_view name_of(Format format);

struct ReadOptions {
  std::optional<Format> format = {};  // default: from the path's extension; `-` is stdin and needs it
  std::string text_column = {};       // default `text`
  std::string label_column = {};      // default `class_name` where there is one, else `label`
  bool labels_required = false;       // training, evaluation
  bool skip_bad_rows = false;         // count and name bad rows instead of stopping
};

struct SkippedRow {
  std::string where;  // "file:line"
  std::string why;
};

struct SkippedRows {
  static constexpr std::size_t kNamed = 20;
  std::size_t count = 0;
  std::vector<SkippedRow> first = {};  // kNamed of them at most
};

class ExampleReader {
 public:
  static Result<ExampleReader> open(const std::filesystem::path& path, const ReadOptions& options);
  ExampleReader(ExampleReader&&) noexcept;
  ExampleReader& operator=(ExampleReader&&) noexcept;
  ~ExampleReader();

  // The next example; nullopt at the end. An error names file:line and what was expected; a file
  // without a single text is one.
  Result<std::optional<Example>> next();

  const SkippedRows& skipped() const;

 private:
  struct State;
  explicit ExampleReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Everything at once, for training. `skipped`, if given, receives the rows passed over.
Result<std::vector<Example>> read_examples(const std::filesystem::path& path, const ReadOptions& options,
                                           SkippedRows* skipped = nullptr);

}  // namespace pellucid
