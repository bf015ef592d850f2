#include "data/delimited_record.h"

#include <string_view>

namespace pellucid {
namespace {

// Takes fields from the source's current record, adding lines to it where a quote spans them.
class FieldParser {
 public:
  FieldParser(LineSource& source, char delimiter) : source_(source), delimiter_(delimiter) {}

  // Appends the next field to `field`; false when it was the record's last.
  Result<bool> parse(std::string& field) {
    if (at_ < text().size() && text()[at_] == '"') {
      PELLUCID_CHECK(parse_quoted(field));
    } else {
      const char stops[] = {delimiter_, '\r', '\n'};
      const std::size_t stop =
          std::min(text().find_first_of(std::string_view(stops, sizeof stops), at_), text().size());
      field.append(text().substr(at_, stop - at_));
      at_ = stop;
    }
    return after_field();
  }

 private:
  std::string_view text() const { return source_.record(); }

  Result<void> parse_quoted(std::string& field) {
    ++at_;
    for (;;) {
      const std::size_t quote = text().find('"', at_);
      field.append(text().substr(at_, quote - at_));
      if (quote != std::string_view::npos) {
        at_ = quote + 1;
        if (at_ == text().size() || text()[at_] != '"') return {};
        field += '"';
        ++at_;
        continue;
      }
      at_ = text().size();
      Result<bool> more = source_.extend();
      if (!more) {
        if (more.error().code == ErrorCode::limit) source_.shrink_to_first_line();
        return tl::unexpected(std::move(more).error());
      }
      if (!*more) {
        source_.shrink_to_first_line();
        return source_.bad(
            "expected a closing quote, found the end of the file; a quote that belongs to the text is "
            "written twice, in a field that is quoted");
      }
    }
  }

  // Past the delimiter or the line end behind a field.
  Result<bool> after_field() {
    if (at_ == text().size()) return false;
    const char found = text()[at_];
    if (found == delimiter_) {
      ++at_;
      return true;
    }
    if (found == '\n' || text().substr(at_) == "\r\n" || text().substr(at_) == "\r") return false;
    source_.shrink_to_first_line();
    if (found == '\r') {
      return source_.bad("expected line ends \\n or \\r\\n, found \\r alone; convert the file, or quote the field");
    }
    return source_.bad(std::string("expected ") + (delimiter_ == ',' ? "a comma" : "a tab") +
                       " or the end of the line after a closing quote, found more text; a quote that belongs to the "
                       "text is written twice, in a field that is quoted");
  }

  LineSource& source_;
  char delimiter_;
  std::size_t at_ = 0;
};

}  // namespace

Result<bool> read_record(LineSource& source, char delimiter, DelimitedRecord& record) {
  PELLUCID_TRY(const bool found, source.begin());
  if (!found) return false;
  FieldParser parser(source, delimiter);
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    if (count == record.fields.size()) record.fields.emplace_back();
    record.fields[count].clear();
    PELLUCID_TRY(more, parser.parse(record.fields[count]));
  }
  record.fields.resize(count);
  record.blank = without_line_end(source.record()).empty();
  PELLUCID_CHECK(source.check_encoding());
  return true;
}

}  // namespace pellucid
