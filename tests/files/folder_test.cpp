#include "files/folder.h"

#include <gtest/gtest.h>

#include "files/atomic_file.h"
#include "temporary_folder.h"

namespace pellucid {
namespace {

TEST(AtomicFolder, AppearsWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const std::filesystem::path target = folder / "above/it";
  {
    const Result<AtomicFolder> given_up = AtomicFolder::create(target);
    ASSERT_TRUE(given_up);
    ASSERT_TRUE(write_file(given_up->path() / "file", "text"));
    const Result<AtomicFolder> beside = AtomicFolder::create(target);
    ASSERT_TRUE(beside);
    EXPECT_NE(beside->path(), given_up->path());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "above"));
  Result<AtomicFolder> made = AtomicFolder::create(target);
  ASSERT_TRUE(made);
  ASSERT_TRUE(write_file(made->path() / "file", "text"));
  EXPECT_FALSE(std::filesystem::exists(target));
  ASSERT_TRUE(made->commit());
  EXPECT_TRUE(std::filesystem::exists(target / "file"));
}

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
