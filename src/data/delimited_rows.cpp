// CSV, TSV, Orange .tab and AG News: the same records, with different headers.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "data/delimited_record.h"
#include "data/rows.h"

namespace pellucid {
namespace {

constexpr std::array<const char*, 4> kAgNewsLabels = {"World", "Sports", "Business", "Sci/Tech"};
constexpr std::size_t kShownColumns = 20;
constexpr std::size_t kShownBytes = 40;

struct Columns {
  std::vector<std::string> names;
  std::size_t text = 0;
  std::optional<std::size_t> label, id;
};

// "label", "text" and how many more; a name that is really a whole text is cut.
std::string list_columns(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kShownColumns); ++i) {
    const bool cut = names[i].size() > kShownBytes;
    list.append(i == 0 ? "\"" : ", \"").append(names[i], 0, kShownBytes).append(cut ? "…\"" : "\"");
  }
  if (names.size() > kShownColumns) list += " and " + std::to_string(names.size() - kShownColumns) + " more";
  return list;
}

// The column of that name; nullopt if there is none, an error if there are several.
Result<std::optional<std::size_t>> find_column(const LineSource& source, const std::vector<std::string>& names,
                                               std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::optional<std::size_t>();
  if (std::find(found + 1, names.end(), name) != names.end()) {
    return source.bad("expected one column \"" + std::string(name) + "\", found several; the columns are " +
                      list_columns(names));
  }
  return std::optional<std::size_t>(found - names.begin());
}

// As find_column(), but the user asked for the column by `option`.
Result<std::size_t> named_column(const LineSource& source, const std::vector<std::string>& names, std::string_view name,
                                 const char* option) {
  PELLUCID_TRY(const std::optional<std::size_t> found, find_column(source, names, name));
  if (found) return *found;
  return source.bad("expected a column \"" + std::string(name) + "\", found " + list_columns(names) +
                    "; name it with " + option);
}

Result<void> check_label_column(const LineSource& source, const Columns& columns, const ReadOptions& options,
                                const char* expected) {
  if (columns.label || !options.labels_required) return {};
  return source.bad(std::string("expected ") + expected + " with labels, found the columns " +
                    list_columns(columns.names) + "; name it with --label-column");
}

// A header of one line: `text`, `label` or `class_name`, `id`, or as the options say.
Result<Columns> csv_columns(const LineSource& source, std::vector<std::string> names, const ReadOptions& options) {
  Columns columns;
  columns.names = std::move(names);
  PELLUCID_TRY(columns.text, named_column(source, columns.names,
                                          options.text_column.empty() ? "text" : options.text_column, "--text-column"));
  if (!options.label_column.empty()) {
    PELLUCID_TRY(columns.label, named_column(source, columns.names, options.label_column, "--label-column"));
  } else {
    // class_name first: where both are there, it is the name of the class that `label` numbers.
    PELLUCID_TRY(columns.label, find_column(source, columns.names, "class_name"));
    if (!columns.label) {
      PELLUCID_TRY(columns.label, find_column(source, columns.names, "label"));
    }
  }
  PELLUCID_TRY(columns.id, find_column(source, columns.names, "id"));
  PELLUCID_CHECK(check_label_column(source, columns, options, "a column \"label\" or \"class_name\""));
  return columns;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

// Orange's three lines: names, types, roles. The text is the `string` column, the label the one whose
// role is `class`.
Result<Columns> tab_columns(LineSource& source, std::vector<std::string> names, const ReadOptions& options) {
  DelimitedRecord types, roles;
  for (DelimitedRecord* line : {&types, &roles}) {
    PELLUCID_TRY(const bool found, read_record(source, '\t', *line));
    if (!found) return source.bad("expected three header lines (names, types, roles), found the end of the file");
    if (line->fields.size() > names.size()) {
      return source.bad("expected " + std::to_string(names.size()) + " fields as in the first header line, found " +
                        std::to_string(line->fields.size()));
    }
    line->fields.resize(names.size());
  }
  Columns columns;
  columns.names = std::move(names);
  if (!options.text_column.empty()) {
    PELLUCID_TRY(columns.text, named_column(source, columns.names, options.text_column, "--text-column"));
  } else {
    std::vector<std::size_t> strings;
    for (std::size_t i = 0; i < types.fields.size(); ++i) {
      if (is_one_of(types.fields[i], {"string", "s", "text"})) strings.push_back(i);
    }
    if (strings.size() != 1) {
      return source.bad("expected one column of type string, found " + std::to_string(strings.size()) + " among " +
                        list_columns(columns.names) + "; name the text's with --text-column");
    }
    columns.text = strings.front();
  }
  if (!options.label_column.empty()) {
    PELLUCID_TRY(columns.label, named_column(source, columns.names, options.label_column, "--label-column"));
  } else {
    for (std::size_t i = 0; i < roles.fields.size(); ++i) {
      if (!is_one_of(roles.fields[i], {"class", "c"})) continue;
      if (columns.label)
        return source.bad("expected one column with the role class, found several; name it with --label-column");
      columns.label = i;
    }
  }
  PELLUCID_CHECK(check_label_column(source, columns, options, "a column whose role (third line) is class"));
  return columns;
}

class DelimitedRows : public RowReader {
 public:
  DelimitedRows(char delimiter, Columns columns, bool labels_required)
      : delimiter_(delimiter), columns_(std::move(columns)), labels_required_(labels_required) {}

  Result<std::optional<Example>> next(LineSource& source) override {
    do {
      PELLUCID_TRY(const bool found, read_record(source, delimiter_, record_));
      if (!found) return std::optional<Example>();
    } while (record_.blank);
    std::vector<std::string>& fields = record_.fields;
    if (fields.size() != columns_.names.size()) {
      return source.bad("expected " + std::to_string(columns_.names.size()) + " fields (" +
                        list_columns(columns_.names) + "), found " + std::to_string(fields.size()) +
                        (delimiter_ == ',' ? "; a field that contains a comma is quoted" : ""));
    }
    Example example;
    example.line = source.line();
    if (columns_.label && !fields[*columns_.label].empty()) example.label = fields[*columns_.label];
    if (labels_required_ && !example.label) {
      return source.bad("expected a label in column \"" + columns_.names[*columns_.label] + "\", found none");
    }
    if (columns_.id) example.id = fields[*columns_.id];
    if (example.id.empty()) example.id = std::to_string(example.line);
    example.text = std::move(fields[columns_.text]);
    return std::optional<Example>(std::move(example));
  }

 private:
  char delimiter_;
  Columns columns_;
  bool labels_required_;
  DelimitedRecord record_;
};

std::optional<std::size_t> ag_news_class(std::string_view field) {
  if (field.size() != 1 || field[0] < '1' || field[0] > '4') return std::nullopt;
  return static_cast<std::size_t>(field[0] - '1');
}

bool looks_like_ag_news(const DelimitedRecord& record) {
  return record.fields.size() == 3 && ag_news_class(record.fields[0]);
}

// No header; class index, title, description. The text's oddities (" #39;", "\" for a line break) are
// part of the data set and stay.
class AgNewsRows : public RowReader {
 public:
  // `first`: a record read already, to find out the format.
  explicit AgNewsRows(std::optional<DelimitedRecord> first) : first_(std::move(first)) {}

  Result<std::optional<Example>> next(LineSource& source) override {
    if (first_) {
      record_ = *std::exchange(first_, std::nullopt);
    } else {
      do {
        PELLUCID_TRY(const bool found, read_record(source, ',', record_));
        if (!found) return std::optional<Example>();
      } while (record_.blank);
    }
    const std::vector<std::string>& fields = record_.fields;
    if (fields.size() != 3) {
      return source.bad("expected 3 fields (class index, title, description), found " + std::to_string(fields.size()));
    }
    const std::optional<std::size_t> index = ag_news_class(fields[0]);
    if (!index)
      return source.bad("expected a class index from 1 to 4, found \"" + fields[0].substr(0, kShownBytes) + "\"");
    Example example;
    example.line = source.line();
    example.id = std::to_string(example.line);
    example.text.append(fields[1]).append(" ").append(fields[2]);
    example.label = kAgNewsLabels[*index];
    return std::optional<Example>(std::move(example));
  }

 private:
  std::optional<DelimitedRecord> first_;
  DelimitedRecord record_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> delimited_rows(LineSource& source, Format format, bool detect,
                                                  const ReadOptions& options) {
  if (format == Format::ag_news) return std::make_unique<AgNewsRows>(std::nullopt);
  const char delimiter = format == Format::csv ? ',' : '\t';
  DelimitedRecord header;
  do {
    PELLUCID_TRY(const bool found, read_record(source, delimiter, header));
    if (!found) return fail(ErrorCode::format, "expected a header line, found an empty file", source.name());
  } while (header.blank);
  if (detect && looks_like_ag_news(header)) return std::make_unique<AgNewsRows>(std::move(header));
  PELLUCID_TRY(Columns columns, format == Format::tab ? tab_columns(source, std::move(header.fields), options)
                                                      : csv_columns(source, std::move(header.fields), options));
  return std::make_unique<DelimitedRows>(delimiter, std::move(columns), options.labels_required);
}

}  // namespace pellucid
