// Shards: every text in one of them, in the file's order, by whole chunks.
#include "data/shard.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "temporary_folder.h"

namespace pellucid {
namespace {

RC_GTEST_PROP(Shards, FollowOneAnotherByWholeChunks, ()) {
  const auto texts = *rc::gen::inRange<std::size_t>(0, 5000);
  const auto chunk = *rc::gen::inRange<std::size_t>(1, 300);
  const auto of = *rc::gen::inRange<std::size_t>(1, 40);
  std::size_t next = 0;
  std::size_t fewest = texts;
  std::size_t most = 0;
  for (std::size_t number = 1; number <= of; ++number) {
    const TextRange range = texts_of({number, of}, texts, chunk);
    RC_ASSERT(range.first == next);
    RC_ASSERT(range.last >= range.first);
    RC_ASSERT(range.first % chunk == 0 || range.first == texts);
    const std::size_t chunks = (range.last - range.first + chunk - 1) / chunk;
    fewest = std::min(fewest, chunks);
    most = std::max(most, chunks);
    next = range.last;
  }
  RC_ASSERT(next == texts);
  RC_ASSERT(texts == 0 || most - fewest <= 1);
}

TEST(Shards, AreNamedFromOne) {
  const Shard shard = *shard_from_text("2/8");
  EXPECT_EQ(shard.number, 2U);
  EXPECT_EQ(shard.of, 8U);
  for (const char* wrong :
       {"", "/", "2", "2/", "/8", "0/8", "9/8", "2/8x", " 2/8", "-1/8", "2/1000001", "2/99999999999999999999"}) {
    const Result<Shard> none = shard_from_text(wrong);
    ASSERT_FALSE(none) << wrong;
    EXPECT_EQ(none.error().code, ErrorCode::usage);
    EXPECT_NE(describe(none.error()).find("--shard: expected K/N"), std::string::npos);
  }
}

class ShardReading : public testing::Test {
 protected:
  // The ids of all shards, one after another.
  std::vector<std::string> ids(std::size_t of, std::size_t limit = 0) {
    std::vector<std::string> found;
    for (std::size_t number = 1; number <= of; ++number) {
      Result<ShardReader> reader = ShardReader::open(file_, options_, {number, of}, /*chunk=*/3, limit);
      EXPECT_TRUE(reader) << describe(reader.error());
      for (auto example = reader->next(); *example; example = reader->next()) found.push_back((*example)->id);
    }
    return found;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ =
      folder_.write("texts.csv", "text\none\n\"two\nlines\"\nthree\n\"a bad row\n\nfour\nfive\nsix\nseven\neight\n");
  ReadOptions options_{.skip_bad_rows = true};
};

TEST_F(ShardReading, TogetherTheyAreTheFile) {
  const std::vector<std::string> whole = ids(1);
  EXPECT_EQ(whole.front(), "2");
  EXPECT_EQ(whole.size(), 8U);
  for (const std::size_t of : {2, 3, 8, 20}) EXPECT_EQ(ids(of), whole) << of;
  EXPECT_EQ(ids(3, 5), std::vector<std::string>(whole.begin(), whole.begin() + 5));
  EXPECT_EQ(ids(1, 5), std::vector<std::string>(whole.begin(), whole.begin() + 5));
}

TEST_F(ShardReading, NeedsAFileAndGoodRows) {
  const auto from_stdin = ShardReader::open("-", {.format = Format::csv}, {1, 2}, 3);
  ASSERT_FALSE(from_stdin);
  EXPECT_EQ(from_stdin.error().code, ErrorCode::usage);
  EXPECT_FALSE(ShardReader::open(file_, {}, {1, 2}, 3)) << "a bad row of any shard stops all";
}

}  // namespace
}  // namespace pellucid
