// pellucid train, as a user runs it: options from a file, where the outcome goes.
#include <gtest/gtest.h>

#include "kernels/precision.h"
#include "program.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

using nlohmann::json;

class Training : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kProgram.parent_path() / "pellucid-train")) GTEST_SKIP() << "built without training";
    std::string rows = "text,label\n";
    for (int i = 0; i < 20; ++i) rows += "a good film,film\nthe oil price,market\n";
    data_ = folder_.write("texts.csv", rows).string();
  }
  Finished train(std::vector<std::string> more) const {
    std::vector<std::string> all = {"train", "--model", (kFixtures / "tiny-bert").string(), "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return run(folder_, all);
  }
  json options_of(const std::string& out) const {
    return json::parse(folder_.read(out + "/pellucid.json"))["training"]["options"];
  }
  std::string out(const std::string& name) const { return (folder_ / name).string(); }
  void expect_wrong(const std::string& content, const std::string& message) {
    const std::string file = folder_.write("wrong.toml", content).string();
    const Finished done = train({"--data", data_, "--out", out("wrong"), "--config", file});
    EXPECT_EQ(done.status, 2) << content << done.err;
    EXPECT_NE(done.err.find("wrong.toml:" + message), std::string::npos) << done.err;
    EXPECT_FALSE(std::filesystem::exists(out("wrong")));
  }

  TemporaryFolder folder_;
  std::string data_;
};

TEST_F(Training, OptionsComeFromAFileAndTheCommandLineWins) {
  const std::string file = folder_
                               .write("train.toml", "data = \"" + data_ + "\"\nepochs = 2\nlearning-rate = 3e-4\n" +
                                                        "dropout = 0.2\nskip-bad-rows = true\n")
                               .string();
  const Finished done = train({"--out", out("model"), "--config", file, "--dropout=0"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json options = options_of("model");
  EXPECT_EQ(options["epochs"], 2);
  EXPECT_EQ(options["learning_rate"], 3e-4);
  EXPECT_EQ(options["dropout"], 0);
}

TEST_F(Training, AFileSaysWhereItIsWrong) {
  expect_wrong("epochs = \n", "1: expected TOML");
  expect_wrong("epochs = 2\nbogus = 3\n", "2: bogus: expected an option of pellucid train: one of");
  expect_wrong("epochs = \"x\"\n",
               "1: expected what pellucid train takes there, found \"x\": --epochs: expected a number");
  expect_wrong("epochs = [1, 2]\n", "1: epochs: expected a number or a string, found a list");
  expect_wrong("[train]\nepochs = 2\n", "1: train: expected an option of pellucid train");
  const Finished none = train({"--data", data_, "--out", out("wrong"), "--config", out("nothing.toml")});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("nothing.toml"), std::string::npos) << none.err;
}

TEST_F(Training, WhereTheOutcomeGoesIsToldBefore) {
  const Finished nowhere = train({"--data", data_, "--out", out("model"), "--json", out("nowhere/outcome.json")});
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_FALSE(std::filesystem::exists(out("model")));
  const Finished full = train({"--data", data_, "--out", out("model"), "--epochs", "1", "--json", "/dev/full"});
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.err.find("No space left on device"), std::string::npos) << full.err;
}

TEST_F(Training, OptionsThatNothingLooksAtAreRefused) {
  const Finished done = train({"--data", data_, "--out", out("model"), "--adjust", "none", "--sufficiency", "0.5"});
  EXPECT_EQ(done.status, 2);
  EXPECT_NE(done.err.find("--sufficiency: --system ours with --adjust none has nothing"), std::string::npos)
      << done.err;
}

TEST_F(Training, ACpuThatLacksThePrecisionIsTold) {
  if (cpu_has(Precision::bf16)) GTEST_SKIP() << "this CPU has bf16";
  const Finished done = train({"--data", data_, "--out", out("model"), "--precision", "bf16"});
  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.err.find("expected a CPU that multiplies bf16"), std::string::npos) << done.err;
  EXPECT_FALSE(std::filesystem::exists(out("model")));
}

TEST_F(Training, StopsBeforeTheFirstStepToo) {
  std::vector<std::string> words = {"train", "--model", (kFixtures / "tiny-bert").string(), "--data", data_};
  words.insert(words.end(), {"--out", out("model"), "--epochs", "1000000000"});
  Program program(folder_, words);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  program.interrupt();
  EXPECT_EQ(program.wait().status, 130);  // it ended, where it could go on for hours
}

}  // namespace
}  // namespace pellucid
