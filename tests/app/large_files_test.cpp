// Memory of commands on large files: what is read, computed and written again is forgotten.
#include <gtest/gtest.h>

#include "peak_memory.h"
#include "program.h"
#include "sanitizers.h"

namespace pellucid {
namespace {

const std::string kClassifier = std::string(PELLUCID_SOURCE_DIR) + "/tests/fixtures/tiny-bert-classifier";

class LargeFiles : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer needs memory of its own";
    count_without_huge_pages();
  }

  // Of a command on so many labelled texts of `words` words each, MiB.
  std::size_t peak(std::vector<std::string> command, int texts, int words) const {
    {
      std::ofstream file(folder_ / "texts.csv");
      file << "text,label\n";
      for (int i = 0; i < texts; ++i) {
        for (int word = 0; word < words; ++word) file << (word + i % 7 == 3 ? "film " : "oil ");
        file << i << (i % 2 == 0 ? ",positive\n" : ",negative\n");
      }
    }
    command.insert(command.begin() + 1, {kClassifier, (folder_ / "texts.csv").string()});
    command.insert(command.end(), {"--quiet", "--threads", "1"});
    const Ended ended = Program(folder_, command).watch();
    EXPECT_EQ(ended.status, 0) << folder_.read("stderr");
    return ended.peak;
  }

  const TemporaryFolder folder_;
};

TEST_F(LargeFiles, MemoryOfPredictionDoesNotGrowWithTheFile) {
  const std::vector<std::string> command = {"predict", "--json", (folder_ / "out").string()};
  const std::size_t few = peak(command, 2'000, 8);
  EXPECT_GT(few, 10U);
  EXPECT_LE(peak(command, 20'000, 8), few + 3);
}

TEST_F(LargeFiles, MemoryOfExplanationDoesNotGrowWithTheFile) {
  const std::vector<std::string> command = {"explain", "--as", "jsonl", "--output", (folder_ / "out").string()};
  const std::size_t few = peak(command, 300, 8);
  EXPECT_LE(peak(command, 3'000, 8), few + 3);
}

// A text, its label and what is predicted of it; how the model reads it took as much again ten times.
TEST_F(LargeFiles, MemoryOfEvaluationGrowsByTheTextsAlone) {
  const std::vector<std::string> command = {"evaluate", "--json", (folder_ / "out").string()};
  const std::size_t few = peak(command, 2'000, 30);
  EXPECT_LE(peak(command, 12'000, 30), few + 10);
}

// A thousand long texts are not all read before the first is predicted.
TEST_F(LargeFiles, MemoryOfLongTextsIsThatOfAFew) {
  const std::vector<std::string> command = {"predict", "--long", "window", "--json", (folder_ / "out").string()};
  const std::size_t few = peak(command, 10, 30'000);
  EXPECT_LE(peak(command, 30, 30'000), few + 8);
}

}  // namespace
}  // namespace pellucid
