// What results say of how they were made.
#include "report/tool.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pellucid {
namespace {

TEST(Tool, NamesThisProgramsCommandWithoutItsFolder) {
  const Tool tool = this_tool();
  EXPECT_EQ(tool.version, version());
  EXPECT_TRUE(tool.command.starts_with("test_report")) << tool.command;
  EXPECT_EQ(tool.command.find("/test_report"), std::string::npos) << tool.command;
  EXPECT_TRUE(tool.machine.ends_with(" CPU") || tool.machine.ends_with(" CPUs")) << tool.machine;
}

TEST(Tool, IsTextAndJson) {
  const Tool tool{
      .version = "1.2.3", .commit = "0123456789+", .machine = "AMD EPYC, 2 CPUs", .command = "pellucid x 'a b'"};
  EXPECT_EQ(text_of(tool), "1.2.3 (commit 0123456789+) on AMD EPYC, 2 CPUs");
  EXPECT_EQ(json_of(tool).dump(),
            R"({"version":"1.2.3","commit":"0123456789+","machine":"AMD EPYC, 2 CPUs","command":"pellucid x 'a b'"})");
  EXPECT_EQ(text_of({.version = "1.2.3", .commit = {}, .machine = "m", .command = {}}), "1.2.3 on m");
}

}  // namespace
}  // namespace pellucid
