#include "files/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "temporary_folder.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

TEST(AtomicFile, AppearsOnCommitAlone) {
  const TemporaryFolder folder;
  Result<AtomicFile> file = AtomicFile::create(folder / "a.txt");
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("one "));
  ASSERT_TRUE(file->write("two"));
  EXPECT_EQ(names_in(folder), Names{"a.txt.partial"});
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(names_in(folder), Names{"a.txt"});
  EXPECT_EQ(folder.read("a.txt"), "one two");
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const TemporaryFolder folder;
  folder.write("a.txt", "old");
  {
    Result<AtomicFile> file = AtomicFile::create(folder / "a.txt");
    ASSERT_TRUE(file && file->write("new"));
    EXPECT_EQ(folder.read("a.txt"), "old");
  }
  EXPECT_EQ(names_in(folder), Names{"a.txt"});
  EXPECT_EQ(folder.read("a.txt"), "old");
}

TEST(AtomicFile, MovedFromHoldsNothing) {
  const TemporaryFolder folder;
  Result<AtomicFile> first = AtomicFile::create(folder / "a.txt");
  ASSERT_TRUE(first && first->write("a"));
  {
    AtomicFile second = std::move(*first);
    ASSERT_TRUE(second.write("b"));
    ASSERT_TRUE(second.commit());
  }
  EXPECT_FALSE(first->commit());
  EXPECT_EQ(folder.read("a.txt"), "ab");

  Result<AtomicFile> replaced = AtomicFile::create(folder / "b.txt");
  Result<AtomicFile> kept = AtomicFile::create(folder / "c.txt");
  ASSERT_TRUE(replaced && kept);
  *replaced = std::move(*kept);
  EXPECT_EQ(names_in(folder), (Names{"a.txt", "c.txt.partial"}));
}

TEST(AtomicFile, MissingFolderIsNotFound) {
  const TemporaryFolder folder;
  const Result<AtomicFile> file = AtomicFile::create(folder / "none/a.txt");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::not_found);
  EXPECT_NE(describe(file.error()).find("none/a.txt"), std::string::npos);
}

TEST(AtomicFile, FolderInItsPlaceIsAnError) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "a");
  const Result<void> written = write_file(folder / "a", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
  EXPECT_EQ(names_in(folder), Names{"a"});
}

TEST(AtomicFile, UnwritableFolderIsAnError) {
  // /proc refuses new files even to root, whom permissions do not bind.
  const Result<void> written = write_file("/proc/a.txt", "text");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("expected a file in a folder that exists and can be written"),
            std::string::npos);
}

TEST(AtomicFile, FolderOfSomebodyElseIsAnError) {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Permissions do not bind root: become nobody.
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const Result<void> written = write_file(folder / "a.txt", "text");
    ::_exit(!written && written.error().code == ErrorCode::io ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  fs::permissions(folder.path(), fs::perms::owner_all);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(names_in(folder).empty());
}

TEST(AtomicFile, FullDeviceIsAnError) {
  const Result<void> written = write_file("/dev/full", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
  EXPECT_NE(written.error().message.find("No space left"), std::string::npos);
}

TEST(AtomicFile, DeviceIsWrittenNotReplaced) {
  ASSERT_TRUE(write_file("/dev/null", "text"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_FALSE(fs::exists("/dev/null.partial"));
}

TEST(AtomicFile, WhatIsOpenIsWrittenWhereItStands) {
  const TemporaryFolder folder;
  folder.write("all.jsonl", "before\n");
  const int descriptor = ::open((folder / "all.jsonl").c_str(), O_WRONLY | O_APPEND);
  ASSERT_GE(descriptor, 0);
  for (const char* place : {"/dev/fd/", "/proc/self/fd/"}) {
    const Result<void> written = write_file(place + std::to_string(descriptor), "more\n");
    EXPECT_TRUE(written) << describe(written.error());
  }
  ::close(descriptor);
  EXPECT_EQ(folder.read("all.jsonl"), "before\nmore\nmore\n") << "as a shell's >> would have it";
  EXPECT_EQ(names_in(folder), Names{"all.jsonl"});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_TRUE(write_file("/dev/fd/" + std::to_string(ends[1]), "through")) << "a process substitution";
  char read[8] = {};
  EXPECT_EQ(::read(ends[0], read, 7), 7);
  EXPECT_STREQ(read, "through");
  ::close(ends[0]);
  ::close(ends[1]);
}

// A limit on file sizes stands in for a full disk: the write fails half-way.
TEST(AtomicFile, DiskThatFillsUpKeepsTheOldFile) {
  const TemporaryFolder folder;
  folder.write("a.txt", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 16, 1 << 16};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Result<AtomicFile> file = AtomicFile::create(folder / "a.txt");
    const bool failed = file && !file->write(std::string(1 << 20, 'x')) && !file->write("more") && !file->commit();
    ::_exit(failed ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(names_in(folder), Names{"a.txt"});
  EXPECT_EQ(folder.read("a.txt"), "old");
}

TEST(AtomicFile, KilledWriterLeavesTheOldFileAndItsPartialIsTakenOver) {
  const TemporaryFolder folder;
  folder.write("a.txt", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Result<AtomicFile> file = AtomicFile::create(folder / "a.txt");
    if (file) (void)file->write("a half that is longer than what follows");
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(folder.read("a.txt"), "old");
  EXPECT_EQ(names_in(folder), (Names{"a.txt", "a.txt.partial"}));
  ASSERT_TRUE(write_file(folder / "a.txt", "new"));
  EXPECT_EQ(names_in(folder), Names{"a.txt"});
  EXPECT_EQ(folder.read("a.txt"), "new");
}

TEST(AtomicFile, TwoWritersDoNotClash) {
  const TemporaryFolder folder;
  Result<AtomicFile> first = AtomicFile::create(folder / "a.txt");
  Result<AtomicFile> second = AtomicFile::create(folder / "a.txt");
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->write("first") && second->write("second"));
  ASSERT_TRUE(first->commit());
  EXPECT_EQ(folder.read("a.txt"), "first");
  ASSERT_TRUE(second->commit());
  EXPECT_EQ(folder.read("a.txt"), "second");
  EXPECT_EQ(names_in(folder), Names{"a.txt"});
}

TEST(AtomicFile, ManyWritersLeaveOneWholeFile) {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  std::vector<int> failures(8, 0);
  for (int writer = 0; writer < 8; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string content(50'000, static_cast<char>('a' + writer));
      for (int round = 0; round < 20; ++round) {
        if (!write_file(folder / "a.txt", content)) ++failures[writer];
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failures, std::vector<int>(8, 0));
  EXPECT_EQ(names_in(folder), Names{"a.txt"});
  const std::string content = folder.read("a.txt");
  ASSERT_EQ(content.size(), 50'000u);
  EXPECT_EQ(content, std::string(50'000, content[0]));
}

TEST(AtomicFile, FollowsALinkAndKeepsPermissions) {
  const TemporaryFolder folder;
  folder.write("real.txt", "old");
  fs::permissions(folder / "real.txt", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("real.txt", folder / "link.txt");
  ASSERT_TRUE(write_file(folder / "link.txt", "new"));
  EXPECT_TRUE(fs::is_symlink(folder / "link.txt"));
  EXPECT_EQ(folder.read("real.txt"), "new");
  EXPECT_EQ(fs::status(folder / "real.txt").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(AtomicFile, WritesBesideAPlainName) {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  const Result<void> written = write_file("a.txt", "text");
  fs::current_path(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(folder.read("a.txt"), "text");
}

}  // namespace
}  // namespace pellucid
