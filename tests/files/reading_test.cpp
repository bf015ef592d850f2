#include <gtest/gtest.h>

#include <string>

#include "files/mapped_file.h"
#include "files/sha256.h"
#include "temporary_folder.h"

namespace pellucid {
namespace {

std::string text_of(const MappedFile& file) {
  return std::string(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
}

TEST(MappedFile, HoldsTheBytes) {
  const TemporaryFolder folder;
  const Result<MappedFile> file = MappedFile::open(folder.write("a", std::string("one\0two", 7)));
  ASSERT_TRUE(file);
  EXPECT_EQ(text_of(*file), std::string("one\0two", 7));
}

TEST(MappedFile, EmptyFileIsEmpty) {
  const TemporaryFolder folder;
  const Result<MappedFile> file = MappedFile::open(folder.write("a", ""));
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, MovesItsMapping) {
  const TemporaryFolder folder;
  Result<MappedFile> first = MappedFile::open(folder.write("a", "one"));
  Result<MappedFile> second = MappedFile::open(folder.write("b", "two"));
  ASSERT_TRUE(first && second);
  MappedFile third = std::move(*first);
  EXPECT_TRUE(first->bytes().empty());
  *second = std::move(third);
  EXPECT_EQ(text_of(*second), "one");
}

TEST(MappedFile, ACopyIsWhatTheFileWas) {
  const TemporaryFolder folder;
  const std::string content(100'000, 'x');
  const Result<MappedFile> file = MappedFile::open(folder.write("a", content), FileBytes::copied);
  ASSERT_TRUE(file);
  folder.write("a", std::string(100'000, 'y'));  // in place, as cp writes
  EXPECT_EQ(text_of(*file), content);
  folder.write("a", "");
  EXPECT_EQ(text_of(*file), content);
  EXPECT_TRUE(MappedFile::open(folder / "a", FileBytes::copied)->bytes().empty());
}

// As one that is cut off while it is read: it announces a page, and holds a line.
TEST(MappedFile, ACopyOfAPartIsRefused) {
  const std::filesystem::path shorter = "/sys/devices/system/cpu/online";
  if (!std::filesystem::exists(shorter)) GTEST_SKIP() << "no " << shorter;
  const Result<MappedFile> file = MappedFile::open(shorter, FileBytes::copied);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find(" bytes, found "), std::string::npos) << file.error().message;
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(MappedFile::open(folder / "none").error().code, ErrorCode::not_found);
  EXPECT_NE(MappedFile::open(folder.path()).error().message.find("found a folder"), std::string::npos);
  EXPECT_NE(MappedFile::open("/dev/null").error().message.find("found a device"), std::string::npos);
}

TEST(ReadFile, ReadsUpToTheLimit) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", std::string(100'000, 'x'));
  EXPECT_EQ(read_file(path).value(), std::string(100'000, 'x'));
  EXPECT_TRUE(read_file(path, 100'000));
  EXPECT_EQ(read_file(path, 99'999).error().code, ErrorCode::limit);
  EXPECT_EQ(read_file(folder.write("empty", "")).value(), "");
}

TEST(ReadFile, ReadsFilesThatAnnounceNoSize) {
  const Result<std::string> text = read_file("/proc/self/status");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("Name:"));
  EXPECT_EQ(read_file("/dev/zero", 1000).error().code, ErrorCode::limit);
}

TEST(ReadFile, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file(folder / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder.path()).error().code, ErrorCode::io);
}

// FIPS 180-4's examples.
constexpr const char* kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfMillionAs = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, MatchesThePublishedExamples) {
  EXPECT_EQ(sha256(""), kOfNothing);
  EXPECT_EQ(sha256("abc"), kOfAbc);
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), kOfMillionAs);
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TemporaryFolder folder;
  EXPECT_EQ(sha256_file(folder.write("empty", "")).value(), kOfNothing);
  EXPECT_EQ(sha256_file(folder.write("long", std::string(1'000'000, 'a'))).value(), kOfMillionAs);
  EXPECT_EQ(sha256_file(folder / "none").error().code, ErrorCode::not_found);
  EXPECT_FALSE(sha256_file(folder.path()));
}

}  // namespace
}  // namespace pellucid
