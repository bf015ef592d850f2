// Too little memory: the answer that enough memory gives, or one message; whichever library met the lack, no signal.
#include <gtest/gtest.h>

#include <algorithm>

#include "program.h"
#include "sanitizers.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

constexpr int kLoaderGaveUp = 127;  // before there was a program

class Memory : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers take terabytes of addresses";
    write_tiny_model(folder_ / "model", Adjust::top);
    std::string texts;
    for (int i = 0; i < 400; ++i) texts += "the film is good " + std::string(1 + i % 60, 'a') + " bank price\n";
    texts_ = folder_.write("texts.txt", texts).string();
  }

  // With so many megabytes of addresses; 0: as many as there are.
  Finished run_within(int megabytes, const char* threads) {
    const std::string limit = megabytes == 0 ? "unlimited" : std::to_string(megabytes * 1024);
    std::vector<std::string> arguments = {"-c",
                                          "ulimit -v " + limit + R"( && exec "$0" "$@")",
                                          kProgram.string(),
                                          GetParam(),
                                          (folder_ / "model").string(),
                                          texts_,
                                          "--quiet",
                                          "--precision",
                                          "fp32",
                                          "--threads",
                                          threads};
    return Program(folder_, std::move(arguments), "", false, "/bin/sh").wait();
  }

  TemporaryFolder folder_;
  std::string texts_;
};

TEST_P(Memory, TooLittleGivesOneMessageAndNoSignal) {
  int refused = 0;
  for (const char* threads : {"1", "8"}) {
    for (int megabytes = 56; megabytes <= 216; megabytes += megabytes < 76 ? 4 : 20) {
      const Finished done = run_within(megabytes, threads);
      const std::string where = std::to_string(megabytes) + " MB, " + threads + " threads: " + done.err;
      if (done.status == kLoaderGaveUp || done.status == 0) continue;
      ++refused;
      EXPECT_EQ(done.status, 1) << where;
      EXPECT_EQ(std::ranges::count(done.err, '\n'), 1) << where;
      EXPECT_TRUE(done.err.starts_with("pellucid: expected ")) << where;
      EXPECT_NE(done.err.find("memory"), std::string::npos) << where;
      EXPECT_NE(done.err.find("--threads"), std::string::npos) << where;
    }
  }
  EXPECT_GT(refused, 3);
}

INSTANTIATE_TEST_SUITE_P(Commands, Memory, ::testing::Values("predict", "explain"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pellucid
