// JSONL: one JSON object a line.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "data/evidence.h"
#include "data/rows.h"
#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr std::size_t kShown = 200;                 // bytes of what is wrong in a message
constexpr const char* kTokensText = "tokens_text";  // ERASER's name for a text split into tokens by spaces

std::string list_names(const json& object) {
  std::string list;
  for (const auto& [name, value] : object.items()) list.append(list.empty() ? "\"" : ", \"").append(name).append("\"");
  return list.empty() ? "none" : list;
}

const json* member(const json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// A string, integer or boolean as its text; nullopt for anything else.
std::optional<std::string> scalar_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

class JsonlRows : public RowReader {
 public:
  explicit JsonlRows(const ReadOptions& options) : options_(options), label_(options.label_column) {}

  Result<std::optional<Example>> next(LineSource& source) override {
    std::string_view line;
    do {
      PELLUCID_TRY(const bool found, source.begin());
      if (!found) return std::optional<Example>();
      line = without_line_end(source.record());
    } while (line.find_first_not_of(" \t\r") == std::string_view::npos);
    PELLUCID_CHECK(source.check_encoding());
    if (nested_too_deep(line)) {
      return source.bad("expected JSON nested at most " + std::to_string(kDeepestJson) + " deep, found more",
                        ErrorCode::limit);
    }
    PELLUCID_TRY(const json record, parse(source, line));
    PELLUCID_TRY(Example example, example_of(source, record));
    return std::optional<Example>(std::move(example));
  }

 private:
  static Result<json> parse(const LineSource& source, std::string_view line) {
    json record;
    try {
      record = json::parse(line.begin(), line.end());
    } catch (const json::parse_error& error) {
      return source.bad("expected one JSON object a line, found invalid JSON at offset " +
                        std::to_string(error.byte - std::min<std::size_t>(error.byte, 1)) + " of the line");
    } catch (const json::out_of_range& error) {  // 1e999
      return source.bad("expected numbers of double precision, found " + reason_of(error).substr(0, kShown));
    }
    if (record.is_array()) return source.bad("expected one JSON object a line, found a list; convert with jq -c '.[]'");
    if (!record.is_object())
      return source.bad(std::string("expected one JSON object a line, found ") + record.type_name());
    return record;
  }

  Result<Example> example_of(const LineSource& source, const json& record) {
    Example example;
    example.line = source.line();
    const bool eraser = options_.text_column.empty() && !record.contains("text") && record.contains(kTokensText);
    const std::string text_name = !options_.text_column.empty() ? options_.text_column : eraser ? kTokensText : "text";
    const json* text = member(record, text_name);
    if (text == nullptr || !text->is_string()) {
      return source.bad("expected a string \"" + text_name + "\", found " +
                        (text == nullptr ? "the names " + list_names(record) : std::string(text->type_name())) +
                        "; name it with --text-column");
    }
    example.text = text->get<std::string>();
    PELLUCID_TRY(example.label, label_of(source, record));
    if (const json* id = member(record, "id")) {
      const std::optional<std::string> name = scalar_text(*id);
      if (!name) return source.bad(std::string("expected \"id\" as a string or an integer, found ") + id->type_name());
      example.id = *name;
    }
    if (example.id.empty()) example.id = std::to_string(example.line);
    if (const json* evidence = member(record, "evidence")) {
      Result<std::vector<ByteRange>> ranges = evidence_ranges(*evidence, example.text);
      if (!ranges) return source.bad("evidence: " + ranges.error().message);
      example.evidence = *std::move(ranges);
    }
    return example;
  }

  Result<std::optional<std::string>> label_of(const LineSource& source, const json& record) {
    // Chosen once, at the first row: a file in which some rows have a name and others a number for
    // the same class must not become one of twice as many classes.
    if (label_.empty()) {
      if (member(record, "class_name") != nullptr) {
        label_ = "class_name";
      } else if (member(record, "label") != nullptr) {
        label_ = "label";
      }
    }
    const json* label = label_.empty() ? nullptr : member(record, label_);
    if (label != nullptr) {
      std::optional<std::string> name = scalar_text(*label);
      if (!name) {
        return source.bad("expected \"" + label_ + "\" as a string, an integer or a boolean, found " +
                          label->type_name());
      }
      if (!name->empty()) return name;
    }
    if (options_.labels_required) {
      return source.bad("expected a label in " +
                        (label_.empty() ? "\"label\" or \"class_name\"" : "\"" + label_ + "\"") + ", found " +
                        (label == nullptr ? "the names " + list_names(record) : "an empty one") +
                        "; name it with --label-column");
    }
    return std::optional<std::string>();
  }

  ReadOptions options_;
  std::string label_;
};

}  // namespace

std::unique_ptr<RowReader> jsonl_rows(const ReadOptions& options) {
  return std::make_unique<JsonlRows>(options);
}

}  // namespace pellucid
