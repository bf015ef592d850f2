#include "checkpoint/config_members.h"

#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

// Null where the member is absent.
const json* member(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

Result<void> read_number(const json& object, std::string_view key, double largest, const std::string& where,
                         double& value) {
  const json* found = member(object, key);
  if (found == nullptr) return {};
  if (!found->is_number() || !(found->get<double>() > 0) || found->get<double>() > largest) {
    return fail(ErrorCode::format, "expected a positive number as " + std::string(key) + ", found " + brief(*found),
                where);
  }
  value = found->get<double>();
  return {};
}

Result<void> read_count(const json& object, std::string_view key, std::int64_t least, const std::string& where,
                        std::int64_t& value) {
  constexpr std::int64_t kLargest = 1 << 24;
  const json* found = member(object, key);
  if (found == nullptr) return {};
  if (!found->is_number_integer() || *found < least || *found > kLargest) {
    return fail(ErrorCode::format,
                "expected a whole number from " + std::to_string(least) + " to " + std::to_string(kLargest) + " as " +
                    std::string(key) + ", found " + brief(*found),
                where);
  }
  value = found->get<std::int64_t>();
  return {};
}

Result<void> read_flag(const json& object, std::string_view key, const std::string& where, bool& value) {
  const json* found = member(object, key);
  if (found == nullptr) return {};
  if (!found->is_boolean()) {
    return fail(ErrorCode::format, "expected true or false as " + std::string(key) + ", found " + brief(*found), where);
  }
  value = found->get<bool>();
  return {};
}

}  // namespace pellucid
