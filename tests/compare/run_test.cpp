// Whole comparisons of tiny systems by the program: resuming, choosing by validation, refusals.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "app/program.h"
#include "compare/run.h"
#include "evaluate/measure.h"
#include "files/folder.h"
#include "kernels/precision.h"
#include "tiny_model.h"
#include "two_labels.h"

namespace pellucid::compare {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Compare : public testing::Test {
 protected:
  void SetUp() override {
    write_two_labels(folder_ / "train.csv", 120, 1);
    write_two_labels(folder_ / "test.csv", 40, 2);
  }

  void write_plan(const std::string& systems, const std::string& more = "") const {
    std::ofstream(folder_ / "plan.toml")
        << "data = \"train.csv\"\ntest = \"test.csv\"\nhold-out = 0.2\nseeds = [0, 1]\n"
        << "model = \"" << (kFixtures / "tiny-bert").string() << "\"\n"
        << more << "[options]\nepochs = 2\nbatch-tokens = 200\nprecision = \"fp32\"\n"
        << systems;
  }

  std::vector<std::string> arguments(const std::vector<std::string>& more = {}, const char* out = "out") const {
    std::vector<std::string> all = {"compare", folder_ / "plan.toml", "--out", folder_ / out, "--json",
                                    "-",       "--threads",           "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Finished run(const std::vector<std::string>& more = {}, const char* out = "out") const {
    return Program(folder_, arguments(more, out), "", false, kTraining).wait();
  }

  static inline const fs::path kTraining = fs::path(PELLUCID_BINARY_DIR) / "pellucid-train";
  TemporaryFolder folder_;
};

constexpr const char* kTwo =
    "[faithfulness]\nmethods = [\"decomposition\", \"gradient-x-input\"]\nlimit = 8\n"
    "[[system]]\nname = \"plain\"\nsystem = \"plain\"\n[[system]]\nname = \"ours\"\nsystem = \"ours\"\n";

TEST_F(Compare, MeasuresEverySystemWithEverySeed) {
  write_plan(kTwo);
  const Finished done = run({"--html", folder_ / "page.html"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json found = json::parse(done.out);
  ASSERT_EQ(found["systems"].size(), 2U);
  EXPECT_EQ(found["made_by"].size(), 1U) << "all cells are of this build";
  for (const json& system : found["systems"]) {
    EXPECT_EQ(system["cells"].size(), 2U);
    EXPECT_EQ(system["accuracy"]["of_seeds"].size(), 2U);
    EXPECT_TRUE(system["accuracy"]["spread"].is_null());
    EXPECT_GT(system["parameters"], 1000);
    EXPECT_GT(system["texts_per_second"], 0);
    std::size_t texts = 0;
    for (const json& row : system["confusion"]) {
      for (const json& count : row) texts += count.get<std::size_t>();
    }
    EXPECT_EQ(texts, 2 * 40U);
    EXPECT_EQ(system["faithfulness"]["tried"].size(), 2U);
    EXPECT_EQ(system["faithfulness"]["method"], system["faithfulness"]["tried"][0]["method"]);
  }
  EXPECT_EQ(found["reference"], "plain");
  EXPECT_EQ(found["data"]["training_texts"].get<int>() + found["data"]["validation_texts"].get<int>(), 120);
  EXPECT_NE(folder_.read("page.html").find("Comparison of 2 systems"), std::string::npos);
  EXPECT_NE(done.err.find("cell 4 of 4: ours, seed 1"), std::string::npos) << done.err;
}

TEST_F(Compare, ASystemFromScratchIsExplainedByWhatAppliesToIt) {
  const std::string cnn = std::string(kTwo) + "[[system]]\nname = \"CNN\"\nsystem = \"cnn\"\nfilters = 8\n";
  write_plan(cnn + "methods = [\"attention-attribution\", \"gradient-x-input\"]\n");
  const Finished done = run();
  ASSERT_EQ(done.status, 0) << done.err;
  const json faithfulness = json::parse(done.out)["systems"][2]["faithfulness"];
  ASSERT_EQ(faithfulness["tried"].size(), 1U) << "a cnn has no attribution of its own";
  EXPECT_EQ(faithfulness["method"], "gradient-x-input");
  EXPECT_EQ(faithfulness["of_seeds"].size(), 2U);

  // No copy of its folder can be randomised: among all measures it is left out, by its name refused.
  const std::string folder = json::parse(done.out)["systems"][2]["cells"][0]["folder"];
  const auto evaluate = [&](const std::string& measures) {
    return Program(folder_,
                   {"evaluate", folder, folder_ / "test.csv", "--faithfulness", "--limit", "4", "--methods", "random",
                    "--measures", measures, "--json", "-", "--quiet"},
                   "", false, kTraining)
        .wait();
  };
  const Finished all = evaluate("all");
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_EQ(json::parse(all.out)["faithfulness"].size(), measures().size() - 1);
  const Finished randomised = evaluate("parameter-randomisation");
  EXPECT_EQ(randomised.status, 1);
  EXPECT_NE(randomised.err.find("--measures: expected measures of a model of the system \"cnn\""), std::string::npos)
      << randomised.err;

  write_plan(cnn + "methods = [\"attention-attribution\"]\n");
  const Finished refused = run();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("attention-attribution"), std::string::npos) << refused.err;
}

TEST_F(Compare, WhatIsThereIsNotDoneAgainAndAChangedPlanTrainsWhatChanged) {
  write_plan(kTwo);
  const Finished first = run();
  ASSERT_EQ(first.status, 0) << first.err;
  const Finished second = run();
  EXPECT_EQ(second.out, first.out) << "the same figures, times included";
  EXPECT_EQ(json::parse(first.out)["trained_in"], json({"fp32 with 1 thread"}));
  std::vector<std::string> with_two_threads = arguments();
  with_two_threads.back() = "2";
  const Finished threads = Program(folder_, with_two_threads, "", false, kTraining).wait();
  EXPECT_EQ(json::parse(threads.out)["systems"], json::parse(first.out)["systems"]) << "nor on another machine";
  EXPECT_EQ(json::parse(threads.out)["trained_in"], json({"fp32 with 1 thread"}));
  EXPECT_NE(second.err.find("cell 4 of 4: ours, seed 1: trained before"), std::string::npos) << second.err;

  // Another system beside them; the two are found again, tested as before.
  write_plan(std::string(kTwo) + "[[system]]\nname = \"ours, one pass\"\nsystem = \"ours\"\nepochs = 1\n");
  const Finished third = run();
  ASSERT_EQ(third.status, 0) << third.err;
  EXPECT_NE(third.err.find("cell 4 of 6: ours, seed 1: trained before"), std::string::npos) << third.err;
  EXPECT_NE(third.err.find("cell 5 of 6: ours, one pass, seed 0\n"), std::string::npos) << third.err;
  EXPECT_EQ(json::parse(third.out)["systems"][0]["cells"], json::parse(first.out)["systems"][0]["cells"]);

  // With one method there is no choice, whatever was chosen among before.
  EXPECT_EQ(json::parse(first.out)["systems"][0]["faithfulness"]["tried"].size(), 2U);
  std::string one_method = kTwo;
  one_method.replace(one_method.find(", \"gradient-x-input\""), std::strlen(", \"gradient-x-input\""), "");
  write_plan(one_method);
  const Finished fourth = run();
  ASSERT_EQ(fourth.status, 0) << fourth.err;
  EXPECT_EQ(json::parse(fourth.out)["systems"][0]["faithfulness"]["tried"], json::array());
}

TEST_F(Compare, WhatIsMeasuredInBf16IsMeasuredAgainAndSaysSo) {
  write_plan(kTwo);
  const Finished fp32 = run();
  ASSERT_EQ(fp32.status, 0) << fp32.err;
  const Finished bf16 = run({"--precision", "bf16"});
  if (!cpu_has(Precision::bf16)) {
    EXPECT_EQ(bf16.status, 1);
    EXPECT_NE(bf16.err.find("--precision: expected a CPU that multiplies bf16"), std::string::npos) << bf16.err;
    return;
  }
  ASSERT_EQ(bf16.status, 0) << bf16.err;
  EXPECT_NE(bf16.err.find("cell 4 of 4: ours, seed 1: trained before"), std::string::npos) << bf16.err;
  const json before = json::parse(fp32.out);
  const json found = json::parse(bf16.out);
  EXPECT_EQ(before["precision"], "fp32");
  EXPECT_EQ(found["precision"], "bf16");
  const auto difference = [](const json& one) { return one["systems"][1]["faithfulness"]["value"].get<double>(); };
  EXPECT_NE(difference(found), difference(before)) << "other rounding";
  EXPECT_NEAR(difference(found), difference(before), 0.05);
}

TEST_F(Compare, AReportMayGoToTheFolderOfTheCells) {
  write_plan("[[system]]\nname = \"plain\"\nsystem = \"plain\"\n");
  const Finished done = run({"--html", folder_ / "out" / "page.html"});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(fs::exists(folder_ / "out" / "page.html"));
}

TEST_F(Compare, OneRunAtATimeUsesAFolder) {
  write_plan(kTwo);
  {
    const FolderLock lock = unwrap(FolderLock::take(folder_ / "out"));
    EXPECT_EQ(run().status, 1);
    EXPECT_NE(folder_.read("stderr").find("another run of pellucid"), std::string::npos) << folder_.read("stderr");
    EXPECT_FALSE(fs::exists(folder_ / "out" / "train.jsonl"));
  }
  EXPECT_TRUE(FolderLock::take(folder_ / "out"));
}

TEST_F(Compare, MissingTextsAreNamedWithTheOptionThatSaysWhereTheyAreAndNoFolderIsMade) {
  write_plan(kTwo);
  for (const char* option : {"--data", "--validation", "--test"}) {
    const Finished refused = run({option, folder_ / "nowhere.csv"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find("nowhere.csv: expected the plan's labelled texts"), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find(std::string(option) + " FILE"), std::string::npos) << refused.err;
    EXPECT_FALSE(fs::exists(folder_ / "out"));
  }
}

TEST_F(Compare, OneLabelIsNothingToCompareBy) {
  write_plan(kTwo);
  std::ofstream(folder_ / "train.csv") << "text,label\na,film\nb,film\nc,film\n";
  EXPECT_EQ(run().status, 1);
  EXPECT_NE(folder_.read("stderr").find("expected texts of two labels or more, found 1"), std::string::npos)
      << folder_.read("stderr");
}

TEST_F(Compare, InterruptedAndRunAgainItGoesOn) {
  write_plan(kTwo, "");
  std::string plan = folder_.read("plan.toml");
  plan.replace(plan.find("epochs = 2"), 10, "epochs = 15\npatience = 0");
  std::ofstream(folder_ / "plan.toml") << plan;
  Program program(folder_, arguments(), "", false, kTraining);
  // In the third cell.
  for (int wait = 0; wait < 3000 && folder_.read("stderr").find("cell 3 of 4") == std::string::npos; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  program.interrupt();
  const Finished cut = program.wait();
  ASSERT_EQ(cut.status, 130) << cut.err;
  EXPECT_NE(cut.err.find("the same command goes on"), std::string::npos) << cut.err;

  const Finished rest = run();
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_NE(rest.err.find("cell 2 of 4: plain, seed 1: trained before"), std::string::npos) << rest.err;
  // As without the interruption: the same in another folder.
  const Finished whole = run({}, "whole");
  ASSERT_EQ(whole.status, 0) << whole.err;
  for (int s = 0; s < 2; ++s) {
    EXPECT_EQ(json::parse(rest.out)["systems"][s]["accuracy"], json::parse(whole.out)["systems"][s]["accuracy"]);
    EXPECT_EQ(json::parse(rest.out)["systems"][s]["confusion"], json::parse(whole.out)["systems"][s]["confusion"]);
  }
}

TEST_F(Compare, TuningTakesTheBestByValidationWithTheFirstSeed) {
  // Nothing is learnt with the first learning rate.
  write_plan(
      "[[system]]\nname = \"plain\"\nsystem = \"plain\"\nepochs = 8\ndropout = 0\n"
      "tune = {learning-rate = [1e-9, 3e-3]}\n");
  const Finished done = run();
  ASSERT_EQ(done.status, 0) << done.err;
  const json plain = json::parse(done.out)["systems"][0];
  ASSERT_EQ(plain["tried"].size(), 2U);
  EXPECT_EQ(plain["tried"][1]["setting"], "learning-rate 0.003");
  EXPECT_TRUE(plain["tried"][1]["chosen"]);
  EXPECT_GT(plain["tried"][1]["macro_f1"], plain["tried"][0]["macro_f1"]);
  EXPECT_NE(plain["options"].get<std::string>().find("learning-rate 0.003"), std::string::npos);
  EXPECT_EQ(plain["cells"].size(), 2U);
  EXPECT_NE(done.err.find("cell 3 of 3: plain, learning-rate 0.003, seed 1"), std::string::npos) << done.err;
  // What lost was never tested.
  int tested = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    if (!fs::exists(entry.path() / "cell.json")) continue;
    tested +=
        json::parse(folder_.read("out/" + entry.path().filename().string() + "/cell.json")).contains("test") ? 1 : 0;
  }
  EXPECT_EQ(tested, 2);
}

TEST_F(Compare, TheTestTextsChooseNothing) {
  write_plan(kTwo);
  EXPECT_EQ(run({"--validation", folder_ / "test.csv"}).status, 2);
  EXPECT_NE(folder_.read("stderr").find("must not be chosen by the test texts"), std::string::npos);
  fs::copy_file(folder_ / "train.csv", folder_ / "copy.csv");
  EXPECT_EQ(run({"--test", folder_ / "copy.csv"}).status, 2);
  EXPECT_FALSE(fs::exists(folder_ / "out" / "train.jsonl"));
}

TEST_F(Compare, OptionsAreThoseOfTrain) {
  write_plan("[[system]]\nname = \"a\"\nsystem = \"cnn\"\nsufficiency = 1\n");
  EXPECT_EQ(run().status, 2);
  EXPECT_NE(folder_.read("stderr").find("plan.toml:13: sufficiency: --system cnn has no attribution"),
            std::string::npos)
      << folder_.read("stderr");
  write_plan("[[system]]\nname = \"a\"\nsystem = \"swin\"\nlayers = 2\n");
  EXPECT_EQ(run().status, 2);
  EXPECT_NE(folder_.read("stderr").find("has no such size"), std::string::npos) << folder_.read("stderr");
  write_plan("[[system]]\nname = \"a\"\nsystem = \"plain\"\ndropout = \"much\"\n");
  EXPECT_EQ(run().status, 2);
  EXPECT_NE(
      folder_.read("stderr").find("plan.toml:13: dropout: expected what pellucid train takes there, found \"much\""),
      std::string::npos)
      << folder_.read("stderr");
  write_plan("[[system]]\nname = \"a\"\nsystem = \"plain\"\nout = \"x\"\n");
  EXPECT_EQ(run().status, 2);
  EXPECT_NE(folder_.read("stderr").find("plan.toml:13: out: expected an option of pellucid train: one of format"),
            std::string::npos)
      << folder_.read("stderr");
}

}  // namespace
}  // namespace pellucid::compare
