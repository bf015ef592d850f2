// Which lines of history.jsonl a resumed run keeps.
#include "train/history.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "temporary_folder.h"

namespace pellucid::train {
namespace {

TEST(History, KeepsWhatAResumedRunDoesNotRepeat) {
  const TemporaryFolder folder;
  {
    Result<History> history = History::open(folder.path(), 0, 0);
    ASSERT_TRUE(history) << describe(history.error());
    for (std::int64_t step = 1; step <= 4; ++step) {
      StepRecord record;
      record.step = step;
      ASSERT_TRUE(history->add(record));
      if (step % 2 == 0) ASSERT_TRUE(history->add(step, ClassificationMetrics{}));
    }
  }
  const auto kept = [&](std::int64_t steps, std::int64_t evaluations) {
    const Result<History> history = History::open(folder.path(), steps, evaluations);
    EXPECT_TRUE(history) << describe(history.error());
    std::istringstream lines(folder.read("history.jsonl"));
    std::string all;
    for (std::string line; std::getline(lines, line);) {
      const auto record = nlohmann::json::parse(line);
      all += (record.contains("validation") ? " evaluation " : " ") + record["step"].dump();
    }
    return all;
  };
  EXPECT_EQ(kept(4, 2), " 1 2 evaluation 2 3 4 evaluation 4");
  EXPECT_EQ(kept(4, 1), " 1 2 evaluation 2 3 4") << "saved after the last step of an epoch, before its evaluation";
  EXPECT_EQ(kept(3, 1), " 1 2 evaluation 2 3");
  EXPECT_EQ(kept(2, 1), " 1 2 evaluation 2") << "saved before the first step of an epoch";
  EXPECT_EQ(kept(0, 0), "");
}

}  // namespace
}  // namespace pellucid::train
