#include "files/folder.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace pellucid {
namespace {

TEST(FolderLock, IsTakenByOneAtATime) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "made/for/it";
  {
    Result<FolderLock> first = FolderLock::take(path);
    ASSERT_TRUE(first);
    const FolderLock moved = std::move(*first);
    const Result<FolderLock> second = FolderLock::take(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().where, path.string());
  }
  EXPECT_TRUE(FolderLock::take(path));
}

TEST(FolderLock, NeedsAFolder) {
  const TemporaryFolder folder;
  folder.write("file", "");
  EXPECT_FALSE(FolderLock::take(folder / "file"));
}

}  // namespace
}  // namespace pellucid
