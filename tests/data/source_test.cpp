// What all formats share: encoding, limits, files that are none, stdin, memory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "data/reading.h"
#include "data/utf8.h"
#include "sanitizers.h"

namespace pellucid {
namespace {

constexpr std::size_t kLimit = std::size_t{16} << 20;

TEST(Encoding, BrokenUtf8NamesLineAndByte) {
  EXPECT_EQ(
      error_of(read("a.txt", "one\ntw\xE9 o\n")),
      "a.txt:2: expected UTF-8 without NUL bytes, found 0xE9 at offset 6 of the file; convert it with iconv -t UTF-8");
  EXPECT_EQ(
      error_of(read("a.csv", "text\n\"a\nb\xFF\"\n")),
      "a.csv:3: expected UTF-8 without NUL bytes, found 0xFF at offset 9 of the file; convert it with iconv -t UTF-8");
  EXPECT_EQ(error_of(read("a.jsonl", "\xEF\xBB\xBF{\"text\":\"\xC0\x80\"}\n")),
            "a.jsonl:1: expected UTF-8 without NUL bytes, found 0xC0 at offset 12 of the file; convert it with iconv "
            "-t UTF-8");
}

TEST(Encoding, ByteNumbersHoldFarIntoAFile) {
  const std::string good = std::string(99, 'x') + "\n";
  std::string content;
  for (int i = 0; i < 10'000; ++i) content += good;
  EXPECT_EQ(error_of(read("a.txt", content + "\xFF\n")).substr(0, 81),
            "a.txt:10001: expected UTF-8 without NUL bytes, found 0xFF at offset 1000000 of th");
}

TEST(Encoding, NulBytesAndUtf16AreRefused) {
  EXPECT_EQ(error_of(read("a.txt", std::string("a\0b\n", 4))).substr(0, 69),
            "a.txt:1: expected UTF-8 without NUL bytes, found 0x00 at offset 1 of ");
  EXPECT_EQ(error_of(read("a.txt", std::string("\xFF\xFE"
                                               "a\0",
                                               4))),
            "a.txt: expected UTF-8, found the byte order mark of UTF-16; convert with iconv -t UTF-8");
}

TEST(Utf8, FollowsTheUnicodeTable) {
  for (const std::string good : {"", "plain ascii of some length", "é", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                 "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "12345678é12345678"}) {
    EXPECT_EQ(first_invalid_utf8(good), std::string::npos) << good;
  }
  // Overlong, surrogate, beyond the last code point, alone, cut off.
  for (const std::string bad :
       {"\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xE2\x28\xA1", "\xF0\x9F\x28\x80"}) {
    EXPECT_EQ(first_invalid_utf8("123456789" + bad), 9u);
    EXPECT_EQ(first_invalid_utf8(bad + "123456789"), 0u);
  }
}

TEST(Limit, LongLinesAreRefusedAndPassed) {
  const auto examples = read("a.txt", "a\n" + std::string(kLimit, 'x') + "\nb\n");
  EXPECT_EQ(error_of(examples), "a.txt:2: expected at most 16 MiB in one record, found more");
  EXPECT_EQ(examples.error().code, ErrorCode::limit);

  SkippedRows skipped;
  EXPECT_EQ(rows(read("a.txt", "a\n" + std::string(2 * kLimit + 5, 'x') + "\nb\n" + std::string(kLimit + 9, 'y'),
                      {.skip_bad_rows = true}, &skipped)),
            (Rows{"1|-|a", "3|-|b"}));
  ASSERT_EQ(skipped.count, 2u);
  EXPECT_TRUE(skipped.first[1].where.ends_with(":4"));
}

TEST(Limit, TheLongestLineIsRead) {
  const auto examples = read("a.txt", std::string(kLimit - 1, 'x') + "\nb\n");
  ASSERT_TRUE(examples);
  EXPECT_EQ(examples->front().text.size(), kLimit - 1);
  EXPECT_EQ(examples->back().text, "b");
}

TEST(Limit, AMissingQuoteDoesNotSwallowTheFile) {
  std::string content = "text,label\n\"a,x\n";
  while (content.size() < kLimit + 1000)
    content += "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,y\n";
  const auto examples = read("a.csv", content);
  EXPECT_EQ(error_of(examples),
            "a.csv:2: expected at most 16 MiB in one record, found more; is a closing quote missing?");
  SkippedRows skipped;
  const auto others = read("a.csv", content, {.skip_bad_rows = true}, &skipped);
  ASSERT_TRUE(others);
  EXPECT_EQ(skipped.count, 1u);
  EXPECT_EQ(others->front().id, "3");
  EXPECT_EQ(others->back().label, "y");
}

TEST(Skipping, NamesTheFirstAndCountsTheRest) {
  std::string content = "text\n";
  for (int row = 0; row < 1000; ++row) content += "one,two\n";
  SkippedRows skipped;
  EXPECT_EQ(rows(read("a.csv", content + "good\n", {.skip_bad_rows = true}, &skipped)).size(), 1u);
  EXPECT_EQ(skipped.count, 1000u);
  ASSERT_EQ(skipped.first.size(), SkippedRows::kNamed);
  EXPECT_TRUE(skipped.first.back().where.ends_with(":21"));
}

TEST(Source, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  const auto none = read_examples(folder / "none.csv", {});
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_EQ(error_of(none), "none.csv: expected a file to read, found: No such file or directory");
  const auto is_folder = read_examples(folder.path(), {});
  EXPECT_NE(error_of(is_folder).find(": expected a file, found a folder; name one file in it"), std::string::npos);
}

// Any bytes, in any format: reading ends, and what it yields is valid and in order.
TEST(AnyBytes, GiveValidRowsOrErrors) {
  EXPECT_TRUE(rc::check([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "text", "label", ",", "\t", "\"", "\n", "\r\n", "\r", "{\"text\":\"a\"}", "{", "}", "[", "1,a,b\n", "é", "\xFF",
        "\xEF\xBB\xBF", std::string(1, '\0'), "string", "class", "\n\n"));
    std::string content =
        *rc::gen::element<std::string>("", "text,label\n", "text\tlabel\n", "t\tc\nstring\td\n\tclass\n");
    for (const std::string& piece : pieces) content += piece;
    for (const Format format : {Format::csv, Format::tsv, Format::jsonl, Format::tab, Format::ag_news, Format::text}) {
      const auto examples = read("a", content, {.format = format, .skip_bad_rows = true});
      if (!examples) {
        RC_ASSERT(!examples.error().message.empty());
        continue;
      }
      std::size_t line = 0;
      for (const Example& example : *examples) {
        RC_ASSERT(example.line > line);
        line = example.line;
        RC_ASSERT(first_invalid_utf8(example.text) == std::string::npos);
      }
    }
  }));
}

// Runs `work` with stdin reading from a pipe that `content` is written to in small pieces.
template <class Work>
void with_stdin(const std::string& content, Work work) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int saved = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[0]);
  std::thread writer([&] {
    for (std::size_t i = 0; i < content.size(); i += 7) {
      (void)!::write(ends[1], content.data() + i, std::min<std::size_t>(7, content.size() - i));
    }
    ::close(ends[1]);
  });
  work();
  writer.join();
  ::dup2(saved, STDIN_FILENO);
  ::close(saved);
}

TEST(Stdin, IsReadWhereTheFormatIsNamed) {
  with_stdin("text,label\n\"one\ntwo\",x\nthree,y\n",
             [] { EXPECT_EQ(rows(read_examples("-", {.format = Format::csv})), (Rows{"2|x|one\ntwo", "4|y|three"})); });
  with_stdin("text,label\nbad\n", [] {
    EXPECT_TRUE(error_of(read_examples("-", {.format = Format::csv})).starts_with("stdin:2: expected 2 fields"));
  });
}

TEST(Stdin, NeedsAFormat) {
  with_stdin("text\n", [] {
    const auto examples = read_examples("-", {});
    EXPECT_EQ(examples.error().code, ErrorCode::usage);
    EXPECT_NE(examples.error().message.find("give --format csv"), std::string::npos);
  });
}

// 128 MiB through a child that may not use more than 64 MiB: the reader holds one record at a time.
TEST(Memory, DoesNotGrowWithTheFile) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs memory of its own";
  const TemporaryFolder folder;
  const std::string row = "\"" + std::string(1000, 'x') + "\n" + std::string(1000, 'y') + "\",label\n";
  {
    std::ofstream file(folder / "a.csv", std::ios::binary);
    file << "text,label\n";
    for (std::size_t written = 0; written < (std::size_t{128} << 20); written += row.size()) file << row;
  }
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{std::size_t{64} << 20, std::size_t{64} << 20};
    ::setrlimit(RLIMIT_DATA, &limit);
    Result<ExampleReader> reader = ExampleReader::open(folder / "a.csv", {});
    std::size_t count = 0;
    for (;;) {
      Result<std::optional<Example>> example = reader->next();
      if (!example || !*example) break;
      ++count;
    }
    ::_exit(count == ((std::size_t{128} << 20) + row.size() - 1) / row.size() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace pellucid
