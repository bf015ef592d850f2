// Short forms for the readers' tests: content in, examples or the error's line out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/reader.h"
#include "temporary_folder.h"

namespace pellucid {

// Reads `content` as a file of this name.
inline Result<std::vector<Example>> read(std::string_view name, std::string_view content,
                                         const ReadOptions& options = {}, SkippedRows* skipped = nullptr) {
  const TemporaryFolder folder;
  return read_examples(folder.write(name, content), options, skipped);
}

// "id|label|text" of each example; the label is "-" where there is none.
inline std::vector<std::string> rows(const Result<std::vector<Example>>& examples) {
  if (!examples) return {"error: " + describe(examples.error())};
  std::vector<std::string> rows;
  for (const Example& example : *examples) {
    rows.push_back(example.id + "|" + example.label.value_or("-") + "|" + example.text);
  }
  return rows;
}

// The error as people see it, without the folder; "no error" if there was none.
inline std::string error_of(const Result<std::vector<Example>>& examples) {
  if (examples) return "no error";
  std::string text = describe(examples.error());
  const std::size_t file = text.find(": ") == std::string::npos ? 0 : text.rfind('/', text.find(": "));
  return file == std::string::npos ? text : text.substr(file + 1);
}

using Rows = std::vector<std::string>;

}  // namespace pellucid
