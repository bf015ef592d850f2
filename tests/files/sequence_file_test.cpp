#include "files/sequence_file.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "temporary_folder.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

TEST(SequenceFile, GivesBackWhatWasAddedInAnyOrder) {
  EXPECT_TRUE(rc::check([] {
    const TemporaryFolder folder;
    const auto sequences = *rc::gen::arbitrary<std::vector<std::string>>();
    Result<SequenceFile> file = SequenceFile::create(folder.path());
    RC_ASSERT(file.has_value());
    for (const std::string& bytes : sequences) RC_ASSERT(file->add(bytes).has_value());
    RC_ASSERT(file->finish().has_value());
    RC_ASSERT(file->size() == sequences.size());
    for (std::size_t i = sequences.size(); i > 0; --i) RC_ASSERT(*file->read(i - 1) == sequences[i - 1]);
  }));
}

TEST(SequenceFile, LongerThanItsBuffersAndLeavesNoName) {
  const TemporaryFolder folder;
  Result<SequenceFile> file = SequenceFile::create(folder.path());
  ASSERT_TRUE(file);
  for (int i = 0; i < 50'000; ++i) ASSERT_TRUE(file->add(std::to_string(i) + std::string(i % 50, 'x')));
  ASSERT_TRUE(file->add(std::string(1 << 20, 'y')));
  ASSERT_TRUE(file->finish());
  EXPECT_TRUE(fs::is_empty(folder.path()));
  const SequenceFile moved = std::move(*file);
  EXPECT_EQ(moved.read(12'345), "12345" + std::string(45, 'x'));
  EXPECT_EQ(moved.read(50'000), std::string(1 << 20, 'y'));
  EXPECT_FALSE(moved.read(50'001)) << "there is none";
}

TEST(SequenceFile, NamesTheFolderThatCannotBeWritten) {
  const TemporaryFolder folder;
  const Result<SequenceFile> file = SequenceFile::create(folder / "none");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().where, (folder / "none").string());
}

// A limit on file sizes stands in for a full disk.
TEST(SequenceFile, DiskThatFillsUpIsAnError) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Result<SequenceFile> file = SequenceFile::create(folder.path());
    Result<void> added;
    for (int i = 0; i < 64 && added; ++i) added = file->add(std::string(1 << 16, 'x'));
    const bool failed = !added && added.error().code == ErrorCode::io && added.error().where == folder.path();
    // What still lies in a buffer fails at the end.
    Result<SequenceFile> small = SequenceFile::create(folder.path());
    const rlimit smaller{10, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &smaller);
    ::_exit(failed && small->add("more than ten bytes") && !small->finish() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace pellucid
