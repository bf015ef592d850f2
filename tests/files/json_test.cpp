#include "files/json.h"

#include <gtest/gtest.h>

#include <string>

namespace pellucid {
namespace {

using nlohmann::json;

std::string nested(int depth, const std::string& inside = "") {
  return std::string(depth, '[') + inside + std::string(depth, ']');
}

TEST(Json, IsReadDownToItsDepth) {
  EXPECT_TRUE(parse_json(nested(kDeepestJson)).is_array());
  EXPECT_TRUE(parse_json(nested(kDeepestJson + 1)).is_discarded());
  EXPECT_TRUE(parse_json(nested(10'000'000)).is_discarded());
  EXPECT_TRUE(parse_json("{").is_discarded());
  EXPECT_EQ(parse_json<nlohmann::ordered_json>(R"({"b": 1, "a": 2})").dump(), R"({"b":1,"a":2})");
}

TEST(Json, BracketsWithinStringsDoNotNest) {
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\"").is_string());
  EXPECT_TRUE(parse_json(nested(kDeepestJson, "\"[\"")).is_array());
  EXPECT_TRUE(nested_too_deep("\"a\\\\\"" + nested(kDeepestJson + 1)));  // the string ends before the brackets
}

TEST(Json, IsShownInPart) {
  EXPECT_EQ(brief(json{{"a", "é"}}), R"({"a":"\u00e9"})");
  EXPECT_LT(brief(std::string(1'000'000, 'x')).size(), 300u);
}

TEST(Json, MistakesAreToldWithoutTheLibrarysName) {
  try {
    (void)json::object().at("missing");
    FAIL();
  } catch (const json::exception& problem) {
    EXPECT_EQ(reason_of(problem), "key 'missing' not found");
  }
}

TEST(Json, WholeNumbersAreNoOthers) {
  EXPECT_EQ(whole_number(json(-3)), -3);
  EXPECT_EQ(count_of(json(3)), 3u);
  for (const json& other : {json(1e300), json(1.0), json("1"), json(), json(true)}) {
    EXPECT_THROW(whole_number(other), json::type_error) << other;
    EXPECT_THROW(count_of(other), json::type_error) << other;
  }
  EXPECT_THROW(count_of(json(-1)), json::type_error);
}

}  // namespace
}  // namespace pellucid
