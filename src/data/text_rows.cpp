// Plain text: one text a line, nothing else.
#include "data/rows.h"

namespace pellucid {
namespace {

class TextRows : public RowReader {
 public:
  Result<std::optional<Example>> next(LineSource& source) override {
    std::string_view text;
    do {
      PELLUCID_TRY(const bool found, source.begin());
      if (!found) return std::optional<Example>();
      text = without_line_end(source.record());
    } while (text.find_first_not_of(" \t\r") == std::string_view::npos);
    PELLUCID_CHECK(source.check_encoding());
    Example example;
    example.line = source.line();
    example.id = std::to_string(example.line);
    example.text = text;
    return std::optional<Example>(std::move(example));
  }
};

}  // namespace

std::unique_ptr<RowReader> text_rows() {
  return std::make_unique<TextRows>();
}

}  // namespace pellucid
