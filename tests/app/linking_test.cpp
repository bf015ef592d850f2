// What the programs are linked with: the promise that predicting needs no libtorch.
#include <gtest/gtest.h>

#include <algorithm>

#include "program.h"

namespace pellucid {
namespace {

std::string libraries_of(const std::filesystem::path& program) {
  const TemporaryFolder folder;
  return Program(folder, {program.string()}, "", false, "/usr/bin/ldd").wait().out;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Linking, PellucidHasNoTorchAndOneOpenMp) {
  const std::string libraries = libraries_of(kProgram);
  EXPECT_NE(libraries.find("libdnnl"), std::string::npos) << libraries;
  for (const char* unwanted : {"torch", "libc10", "python", "not found"}) {
    EXPECT_EQ(libraries.find(unwanted), std::string::npos) << unwanted << " in\n" << libraries;
  }
  EXPECT_EQ(count(libraries, "\tlibgomp"), 1u) << libraries;
}

TEST(Linking, PellucidTrainHasOneOpenMp) {
  const std::filesystem::path program = kProgram.parent_path() / "pellucid-train";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << "built without training";
  const std::string libraries = libraries_of(program);
  EXPECT_NE(libraries.find("libtorch_cpu"), std::string::npos) << libraries;
  EXPECT_EQ(count(libraries, "\tlibgomp"), 1u) << libraries;
}

}  // namespace
}  // namespace pellucid
