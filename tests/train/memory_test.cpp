// Memory of training does not grow with the file, but for some bytes a text.
#include <gtest/gtest.h>

#include "peak_memory.h"
#include "sanitizers.h"
#include "tiny_runs.h"

namespace pellucid::train {
namespace {

class TrainMemory : public TinyRuns {
 protected:
  // Of one epoch on so many texts, MiB.
  std::size_t peak(int texts, const std::vector<std::string>& more) const {
    write_data("many.csv", texts, 7);
    std::vector<std::string> options = {
        "--data", folder_ / "many.csv", "--validation", folder_ / "test.csv", "--out", folder_ / "run", "--epochs",
        "1",      "--batch-tokens",     "8000",         "--system",           "cnn",   "--filters",     "8"};
    options.insert(options.end(), more.begin(), more.end());
    const Ended ended = wait_and_watch(start(options));
    EXPECT_EQ(ended.status, 0) << slurp(folder_ / "stderr");
    std::filesystem::remove_all(folder_ / "run");
    return ended.peak;
  }
};

// As vectors of ids, with names and texts beside them, 30,000 texts more took 10 MiB and more.
TEST_F(TrainMemory, IsThatOfAFewBytesAText) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps what was freed for a while";
  count_without_huge_pages();
  const std::size_t few = peak(10'000, {});
  const std::size_t many = peak(40'000, {});
  EXPECT_GT(few, 20U);
  EXPECT_LE(many, few + 4) << few << " and " << many << " MiB";
}

TEST_F(TrainMemory, NothingIsLeftBesideTheModel) {
  ASSERT_EQ(run({"--out", folder_ / "run", "--epochs", "1"}), 0);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "run"))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"config.json", "history.jsonl", "model.safetensors", "pellucid.json",
                                             "vocab.txt"}));
}

}  // namespace
}  // namespace pellucid::train
