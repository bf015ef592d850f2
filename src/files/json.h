// JSON from outside: what copies, prints or destroys a value recurses into it, so that a megabyte of brackets would end
// the program.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace pellucid {

inline constexpr int kDeepestJson = 64;  // deeper than any format that is read here

// More than kDeepestJson lists and objects within each other. Says nothing else of `text`.
bool nested_too_deep(std::string_view text);

// The document; discarded (neither object nor anything else) where it is no JSON or nested too deep.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text) {
  if (nested_too_deep(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// The value as messages show it: ASCII, cut where it is long.
std::string brief(const nlohmann::json& value);

// What is wrong, as the library says it, without the library's name and number of it.
std::string reason_of(const nlohmann::json::exception& problem);

// The whole number that `value` must be; throws nlohmann::json::type_error, as get() does for other mistakes. get()
// itself takes any number, and of one like 1e300 makes nothing defined.
std::int64_t whole_number(const nlohmann::json& value);
std::size_t count_of(const nlohmann::json& value);  // from 0

}  // namespace pellucid
