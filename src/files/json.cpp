#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr std::size_t kShown = 200;  // bytes of a value in a message
constexpr int kTypeError = 302;      // as the library numbers a value of another type

}  // namespace

bool nested_too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

std::string brief(const json& value) {
  if (value.is_discarded()) return "no JSON";
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  if (text.size() > kShown) text.replace(kShown, std::string::npos, "…");
  return text;
}

std::string reason_of(const json::exception& problem) {
  const std::string_view text = problem.what();  // "[json.exception.type_error.302] type must be …"
  const std::size_t end = text.find("] ");
  return std::string(text.starts_with("[json.exception.") && end != std::string_view::npos ? text.substr(end + 2)
                                                                                           : text);
}

std::int64_t whole_number(const json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  throw json::type_error::create(kTypeError, "expected a whole number, found " + brief(value), &value);
}

std::size_t count_of(const json& value) {
  if (value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0)) {
    return value.get<std::size_t>();
  }
  throw json::type_error::create(kTypeError, "expected a whole number from 0, found " + brief(value), &value);
}

}  // namespace pellucid
