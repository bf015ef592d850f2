// Whole studies of a tiny model by the program: training factors, test-time factors, resuming, refusals.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/program.h"
#include "compare/two_labels.h"
#include "kernels/precision.h"
#include "report/well_formed.h"
#include "tiny_model.h"

namespace pellucid::study {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class StudyProgram : public testing::Test {
 protected:
  void SetUp() override {
    write_two_labels(folder_ / "train.csv", 120, 1);
    write_two_labels(folder_ / "test.csv", 40, 2);
  }

  void write_plan(const std::string& values, const std::string& options = "learning-rate = 3e-3\n") const {
    std::ofstream(folder_ / "plan.toml")
        << "data = \"train.csv\"\ntest = \"test.csv\"\nhold-out = 0.2\nseeds = [0, 1]\n"
        << "model = \"" << (kFixtures / "tiny-bert").string() << "\"\n"
        << values << "[options]\nepochs = 2\nbatch-tokens = 200\nprecision = \"fp32\"\n"
        << options << "[faithfulness]\nmethods = [\"decomposition\"]\nlimit = 16\n";
  }

  std::vector<std::string> arguments(const std::string& kind, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"study",  kind, folder_ / "plan.toml", "--out", folder_ / "out",
                                    "--json", "-",  "--threads",           "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Finished run(const std::string& kind, const std::vector<std::string>& more = {}) const {
    return Program(folder_, arguments(kind, more), "", false, kTraining).wait();
  }
  json found(const std::string& kind, const std::vector<std::string>& more = {}) const {
    const Finished done = run(kind, more);
    EXPECT_EQ(done.status, 0) << done.err;
    return done.status == 0 ? json::parse(done.out) : json();
  }
  std::size_t cells() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "out")) count += fs::exists(entry.path() / "cell.json");
    return count;
  }

  static inline const fs::path kTraining = fs::path(PELLUCID_BINARY_DIR) / "pellucid-train";
  TemporaryFolder folder_;
};

TEST_F(StudyProgram, AnOptionIsTrainedAtEachValueWithEachSeed) {
  write_plan("values = [0, 0.5]\nreference = 0\n");
  const json study = found("dropout", {"--html", folder_ / "page.html", "--svg", folder_ / "charts.svg"});
  ASSERT_EQ(study["rows"].size(), 2U);
  EXPECT_EQ(cells(), 4U);
  const json& half = study["rows"][1];
  EXPECT_EQ(half["text"], "0.5");
  EXPECT_EQ(half["runs"].size(), 2U);
  EXPECT_EQ(half["accuracy"]["of_seeds"].size(), 2U);
  EXPECT_TRUE(half["accuracy"].contains("p"));
  EXPECT_GT(half["consistency"]["n"], 0);
  EXPECT_LE(half["consistency"]["n"], 32);
  EXPECT_LE(half["consistency"]["rank_correlation"]["value"], 1);
  EXPECT_TRUE(study["rows"][0]["consistency"].is_null());
  EXPECT_FALSE(study["noise_floor"].is_null());
  EXPECT_LE(study["noise_floor"]["n"], 16) << "one pair of seeds";
  EXPECT_EQ(study["explained"]["n"], 16);
  EXPECT_EQ(MarkupReader(folder_.read("page.html")).fault(), "");
  const std::string charts = folder_.read("charts.svg");
  EXPECT_EQ(MarkupReader(charts).fault(), "");
  EXPECT_NE(charts.find("Dropout: 40 test texts, 2 seeds"), std::string::npos);

  const Finished again = Program(folder_,
                                 {"study", "dropout", folder_ / "plan.toml", "--out", folder_ / "out", "--svg", "-",
                                  "--threads", "1", "--quiet"},
                                 "", false, kTraining)
                             .wait();
  EXPECT_EQ(again.out, charts) << "nothing else on stdout, nothing trained";
}

TEST_F(StudyProgram, ClaimsAreJudgedByTheDifferenceOfTwoValues) {
  write_plan("values = [0, 0.5, 1]\nlevels = [\"sentence\", \"word\"]\n");
  const auto claim = [](const std::string& measure, const std::string& at, const std::string& than) {
    return "[[claim]]\nsays = \"something\"\nmeasure = \"" + measure + "\"\nat = \"" + at + "\"\n" + than + "\n";
  };
  std::ofstream(folder_ / "plan.toml", std::ios::app)
      << claim("accuracy", "100%, sentence", "below = \"0%, sentence\"")
      << claim("accuracy", "100%, sentence", "near = \"0%, sentence\"\nmargin = 0.001")
      << claim("f1", "100%, word", "below = \"0%, word\"")
      << claim("rank-correlation", "100%, word", "below = \"100%, sentence\"")
      << claim("overlap", "100%, sentence", "above = \"noise floor\"");
  const json study = found("shuffle");
  const json& claims = study["claims"];
  ASSERT_EQ(claims.size(), 5U);
  EXPECT_EQ(claims[0]["verdict"], "refuted") << "no text has several sentences";
  EXPECT_EQ(claims[1]["verdict"], "confirmed");
  const auto row = [&](const char* text, const char* group) {
    for (const json& one : study["rows"]) {
      if (one["text"] == text && one["group"] == group) return one;
    }
    return json();
  };
  for (std::size_t seed = 0; seed < 2; ++seed) {
    EXPECT_NEAR(claims[2]["difference"]["of_seeds"][seed],
                row("100%", "word")["macro"]["f1"]["of_seeds"][seed].get<double>() -
                    row("0%", "word")["macro"]["f1"]["of_seeds"][seed].get<double>(),
                1e-12);
    EXPECT_NEAR(claims[3]["difference"]["of_seeds"][seed],
                row("100%", "word")["consistency"]["rank_correlation"]["of_seeds"][seed].get<double>() - 1, 1e-12);
  }
  EXPECT_EQ(claims[3]["verdict"], "confirmed");
  EXPECT_NEAR(claims[4]["difference"]["value"], 1 - study["noise_floor"]["overlap"]["value"].get<double>(), 1e-12);
}

TEST_F(StudyProgram, WhatIsThereIsNeitherTrainedNorMeasuredAgain) {
  write_plan("values = [0, 1]\n");
  const Finished first = run("typos");
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_NE(first.err.find("cell 2 of 2: seed 1\n"), std::string::npos) << first.err;
  EXPECT_NE(first.err.find("measuring typos 100%, seed 1"), std::string::npos) << first.err;
  const Finished second = run("typos");
  EXPECT_EQ(second.out, first.out) << "the same figures, times included";
  EXPECT_NE(second.err.find("cell 2 of 2: seed 1: trained before"), std::string::npos) << second.err;
  EXPECT_EQ(second.err.find("measuring"), std::string::npos) << second.err;
  // Another value is measured, on the same models.
  write_plan("values = [0, 0.5, 1]\n");
  const Finished third = run("typos");
  ASSERT_EQ(third.status, 0) << third.err;
  EXPECT_NE(third.err.find("measuring typos 50%, seed 0"), std::string::npos) << third.err;
  EXPECT_EQ(third.err.find("measuring typos 100%"), std::string::npos) << third.err;
  EXPECT_EQ(json::parse(third.out)["rows"][2]["accuracy"]["value"],
            json::parse(first.out)["rows"][1]["accuracy"]["value"]);
  EXPECT_EQ(cells(), 2U);
  // In another number format all is measured again, and the fp32 figures stay beside it.
  if (cpu_has(Precision::bf16)) {
    const Finished bf16 = run("typos", {"--precision", "bf16"});
    ASSERT_EQ(bf16.status, 0) << bf16.err;
    EXPECT_NE(bf16.err.find("measuring typos 100%, seed 1"), std::string::npos) << bf16.err;
    EXPECT_EQ(json::parse(bf16.out)["precision"], "bf16");
    EXPECT_EQ(run("typos").out, third.out);
    EXPECT_EQ(cells(), 2U);
  }
}

TEST_F(StudyProgram, TheTestTextsOfOneModelAreChanged) {
  write_plan("values = [0, 1]\n");
  const json study = found("shuffle");
  ASSERT_EQ(study["rows"].size(), 6U) << "three levels";
  EXPECT_EQ(cells(), 2U);
  EXPECT_EQ(study["sentences"]["texts"], 40);
  EXPECT_EQ(study["sentences"]["several"], 0);
  for (const json& row : study["rows"]) {
    const bool moved = row["value"] == 1 && row["group"] != "sentence";
    EXPECT_EQ(row["reference"], row["value"] == 0);
    EXPECT_EQ(row["changed_texts"] > 0, moved) << row["group"] << row["value"];
    if (row["value"] == 1 && row["group"] == "sentence") {
      EXPECT_EQ(row["accuracy"]["value"], study["rows"][0]["accuracy"]["value"]);
      EXPECT_EQ(row["consistency"]["rank_correlation"]["value"], 1.0) << "nothing was changed";
    }
  }
}

TEST_F(StudyProgram, ALessCommonClassHasItsRecallAndItsEvidence) {
  write_plan("values = [1, 8]\ntreatments = [\"none\", \"balanced-sampling\"]\n");
  const json study = found("imbalance");
  ASSERT_EQ(study["rows"].size(), 4U);
  EXPECT_EQ(study["minority"], json({"film", "market"})) << "all labels, each in turn";
  // With all its texts each class is the other's equal: one model a seed and treatment. 2 · 2 · (1 + 2)
  EXPECT_EQ(cells(), 12U);
  const json& eighth = study["rows"][1];
  ASSERT_EQ(eighth["runs"].size(), 4U);
  EXPECT_EQ(eighth["accuracy"]["of_seeds"].size(), 2U);
  const std::size_t whole = study["rows"][0]["runs"][0]["training_texts"];
  for (const json& run : eighth["runs"]) EXPECT_LT(run["training_texts"], whole);
  EXPECT_GE(eighth["minority"]["recall"]["value"], 0);
  EXPECT_LE(eighth["minority"]["evidence_against"]["value"], 1);
  EXPECT_EQ(eighth["minority"]["n"], 2 * 16) << "each explained text is of one of both classes";
  EXPECT_FALSE(study["rows"][2]["reference"]);
}

TEST_F(StudyProgram, TrainingTextsChangeAndValidationTextsDoNot) {
  write_plan("values = [20, \"all\"]\nreference = \"all\"\n");
  const json study = found("training-size");
  EXPECT_EQ(study["rows"][0]["runs"][0]["training_texts"], 20);
  EXPECT_EQ(study["rows"][1]["runs"][0]["training_texts"], study["data"]["training_texts"]);
  EXPECT_TRUE(study["rows"][1]["reference"]);
  EXPECT_TRUE(study["rows"][1]["value"].is_null());

  write_plan("values = [20, \"all\"]\nreference = \"all\"\nleast-seen = 60\n");
  const json longer = found("training-size");
  const auto epochs = [](const json& run) {
    return json::parse(*read_file(fs::path(run["folder"]) / "pellucid.json"))["training"]["options"]["epochs"];
  };
  EXPECT_EQ(epochs(study["rows"][0]["runs"][0]), 2);
  EXPECT_EQ(epochs(longer["rows"][0]["runs"][0]), 3) << "three times twenty";
  EXPECT_EQ(longer["rows"][1]["runs"], study["rows"][1]["runs"]) << "the same models";

  write_plan("values = [0, 0.4]\n");
  const json noisy = found("label-noise");
  EXPECT_EQ(noisy["rows"][1]["runs"][0]["training_texts"], noisy["data"]["training_texts"]);
  EXPECT_EQ(cells(), 8U) << "all texts, without noise, are the same models in both studies";
}

TEST_F(StudyProgram, InterruptedAndRunAgainItGoesOn) {
  write_plan("values = [0, 0.1]\n", "patience = 0\nlearning-rate = 3e-3\n");
  std::string plan = folder_.read("plan.toml");
  plan.replace(plan.find("epochs = 2"), 10, "epochs = 15");
  std::ofstream(folder_ / "plan.toml") << plan;
  Program program(folder_, arguments("dropout"), "", false, kTraining);
  for (int wait = 0; wait < 3000 && folder_.read("stderr").find("cell 2 of 4") == std::string::npos; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  program.interrupt();
  const Finished cut = program.wait();
  ASSERT_EQ(cut.status, 130) << cut.err;
  const Finished rest = run("dropout");
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_NE(rest.err.find("cell 1 of 4: dropout 0, seed 0: trained before"), std::string::npos) << rest.err;
}

TEST_F(StudyProgram, RefusesWhatTheTextsCannotGive) {
  write_plan("values = [20, 5000]\n");
  EXPECT_EQ(run("training-size").status, 2);
  EXPECT_NE(folder_.read("stderr").find("plan.toml:6: values: expected from 2"), std::string::npos)
      << folder_.read("stderr");
  write_plan("values = [1, 2]\nminority = [\"weather\"]\n");
  EXPECT_EQ(run("imbalance").status, 2);
  EXPECT_NE(folder_.read("stderr").find("plan.toml:7: minority: expected labels of the training texts (film, market)"),
            std::string::npos)
      << folder_.read("stderr");
  std::ofstream(folder_ / "train.csv", std::ios::app) << "a rare one,weather\nanother,weather\n";
  EXPECT_EQ(run("imbalance").status, 2);
  EXPECT_NE(folder_.read("stderr").find("found none with \"weather\"; raise limit"), std::string::npos)
      << folder_.read("stderr");
  EXPECT_EQ(run("weather").status, 2);
  EXPECT_NE(folder_.read("stderr").find("learning-rate"), std::string::npos) << folder_.read("stderr");
}

}  // namespace
}  // namespace pellucid::study
