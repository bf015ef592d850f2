#include "data/reader.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "data/line_source.h"
#include "data/rows.h"

namespace pellucid {
namespace {

constexpr std::pair<std::string_view, Format> kNames[] = {{"csv", Format::csv},         {"tsv", Format::tsv},
                                                          {"jsonl", Format::jsonl},     {"tab", Format::tab},
                                                          {"ag-news", Format::ag_news}, {"text", Format::text}};

constexpr std::pair<std::string_view, Format> kExtensions[] = {{".csv", Format::csv},     {".tsv", Format::tsv},
                                                               {".jsonl", Format::jsonl}, {".ndjson", Format::jsonl},
                                                               {".tab", Format::tab},     {".txt", Format::text}};

Result<Format> format_of(const std::filesystem::path& path) {
  if (path == "-") {
    return fail(ErrorCode::usage,
                "stdin has no extension to tell its format; give --format csv, tsv, jsonl, tab, "
                "ag-news or text");
  }
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  for (const auto& [known, format] : kExtensions) {
    if (extension == known) return format;
  }
  return fail(ErrorCode::usage,
              "expected a file that ends in .csv, .tsv, .jsonl, .ndjson, .tab or .txt, found \"" + extension +
                  "\"; say what it is with --format",
              path.string());
}

// Errors of one row; all others concern the file.
bool concerns_row(const Error& error) {
  return error.code == ErrorCode::format || error.code == ErrorCode::limit;
}

}  // namespace

struct ExampleReader::State {
  LineSource source;
  std::unique_ptr<RowReader> rows;
  bool skip_bad_rows;
  bool any = false;  // a row was read
  SkippedRows skipped = {};
};

Result<Format> format_from_name(std::string_view name) {
  std::string known_names;
  for (const auto& [known, format] : kNames) {
    if (name == known) return format;
    known_names.append(known_names.empty() ? "" : ", ").append(known);
  }
  return fail(ErrorCode::usage, "expected a format (" + known_names + "), found \"" + std::string(name) + "\"");
}

std::string_view name_of(Format format) {
  return std::ranges::find(kNames, format, &std::pair<std::string_view, Format>::second)->first;
}

ExampleReader::ExampleReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ExampleReader::ExampleReader(ExampleReader&&) noexcept = default;
ExampleReader& ExampleReader::operator=(ExampleReader&&) noexcept = default;
ExampleReader::~ExampleReader() = default;

Result<ExampleReader> ExampleReader::open(const std::filesystem::path& path, const ReadOptions& options) {
  // The file first: that it is missing matters more than that its extension is unknown.
  PELLUCID_TRY(LineSource source, LineSource::open(path));
  Format format = Format::csv;
  if (options.format) {
    format = *options.format;
  } else {
    PELLUCID_TRY(format, format_of(path));
  }

  std::unique_ptr<RowReader> rows;
  if (format == Format::jsonl) {
    rows = jsonl_rows(options);
  } else if (format == Format::text) {
    if (options.labels_required) {
      return fail(ErrorCode::usage, "expected texts with labels, found plain text, which has none; use CSV or JSONL",
                  source.name());
    }
    rows = text_rows();
  } else {
    const bool detect =
        format == Format::csv && !options.format && options.text_column.empty() && options.label_column.empty();
    PELLUCID_TRY(rows, delimited_rows(source, format, detect, options));
  }
  return ExampleReader(std::make_unique<State>(State{std::move(source), std::move(rows), options.skip_bad_rows}));
}

Result<std::optional<Example>> ExampleReader::next() {
  for (;;) {
    Result<std::optional<Example>> example = state_->rows->next(state_->source);
    if (example && *example) {
      state_->any = true;
      return example;
    }
    if (example) {
      if (state_->any) return example;
      const SkippedRows& skipped = state_->skipped;
      if (skipped.count == 0)
        return fail(ErrorCode::format, "expected at least one text, found none", state_->source.name());
      return fail(ErrorCode::format,
                  "expected at least one good row, found " + std::to_string(skipped.count) +
                      " bad ones; the first: " + skipped.first.front().why,
                  skipped.first.front().where);
    }
    if (!state_->skip_bad_rows || !concerns_row(example.error())) return example;
    if (++state_->skipped.count <= SkippedRows::kNamed) {
      state_->skipped.first.push_back({std::move(example.error().where), std::move(example.error().message)});
    }
  }
}

const SkippedRows& ExampleReader::skipped() const {
  return state_->skipped;
}

Result<std::vector<Example>> read_examples(const std::filesystem::path& path, const ReadOptions& options,
                                           SkippedRows* skipped) {
  PELLUCID_TRY(ExampleReader reader, ExampleReader::open(path, options));
  std::vector<Example> examples;
  for (;;) {
    PELLUCID_TRY(std::optional<Example> example, reader.next());
    if (!example) break;
    examples.push_back(*std::move(example));
  }
  if (skipped != nullptr) *skipped = reader.skipped();
  return examples;
}

}  // namespace pellucid
