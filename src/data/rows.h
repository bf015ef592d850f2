// One row reader a family of formats; ExampleReader chooses among them. Internal to the data layer.
#pragma once

#include <memory>
#include <optional>

#include "data/example.h"
#include "data/line_source.h"
#include "data/reader.h"
#include "error/error.h"

namespace pellucid {

class RowReader {
 public:
  virtual ~RowReader() = default;

  // The next example; nullopt at the end. After a `format` or `limit` error, which concern one row,
  // it may be called again and goes on behind that row.
  virtual Result<std::optional<Example>> next(LineSource& source) = 0;
};

// Reads the header, where the format has one, and finds the columns. `format` is csv, tsv, tab or
// ag_news; with csv and `detect`, a first row as in AG News makes it ag_news.
Result<std::unique_ptr<RowReader>> delimited_rows(LineSource& source, Format format, bool detect,
                                                  const ReadOptions& options);

std::unique_ptr<RowReader> jsonl_rows(const ReadOptions& options);

std::unique_ptr<RowReader> text_rows();

}  // namespace pellucid
