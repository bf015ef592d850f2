// pellucid plausibility and planted, and --long window, as users run them.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "program.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

using nlohmann::json;

class Evidence : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "model", Adjust::top);
    model_ = (folder_ / "model").string();
    std::string long_text = "film";
    for (int i = 0; i < 100; ++i) long_text += " oil price";
    texts_ = folder_
                 .write("texts.jsonl",
                        "{\"id\": \"a\", \"text\": \"The film is good\", \"label\": \"film\", \"evidence\": [[3, 4]]}\n"
                        "{\"id\": \"b\", \"text\": \"oil price rise\", \"evidence\": [{\"begin\": 0, \"end\": 9}]}\n"
                        "{\"id\": \"c\", \"text\": \"nothing is marked\", \"evidence\": []}\n"
                        "{\"id\": \"d\", \"text\": \"" +
                            long_text + "\", \"evidence\": [[199, 201]]}\n")
                 .string();
  }
  Finished run(std::vector<std::string> arguments) { return pellucid::run(folder_, std::move(arguments)); }

  TemporaryFolder folder_;
  std::string model_, texts_;
};

TEST_F(Evidence, PlausibilityMeasuresTextsThatPeopleMarked) {
  const std::string file = (folder_ / "plausibility.json").string();
  const Finished done = run({"plausibility", model_, texts_, "--methods", "all", "--json", file, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json report = json::parse(folder_.read("plausibility.json"));
  EXPECT_EQ(report["schema"], "pellucid.plausibility/1");
  EXPECT_EQ(report["data"]["n"], 3);
  EXPECT_EQ(report["data"]["left_out"], 1);
  EXPECT_EQ(report["data"]["truncated_texts"], 1);
  const auto classifier = load_tiny_classifier("top");
  EXPECT_EQ(report["plausibility"].size(), 4 * methods_for(*classifier).size());
  for (const json& row : report["plausibility"]) {
    EXPECT_EQ(row["n"], 3);
    EXPECT_GE(row["value"], 0);
    EXPECT_LE(row["value"], 1);
  }
  EXPECT_NE(done.out.find("auprc"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("3 texts, 1 left out"), std::string::npos) << done.out;
}

TEST_F(Evidence, WindowsReadWhatWouldBeCut) {
  const Finished done = run({"plausibility", model_, texts_, "--long", "window", "--share-from", texts_, "--methods",
                             "decomposition,random", "--json", "-", "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json report = json::parse(done.out);
  EXPECT_EQ(report["data"]["truncated_texts"], 0);
  EXPECT_EQ(report["long"], "window");
  EXPECT_NEAR(report["rationale_share"].get<double>(), (0.25 + 2.0 / 3 + 2.0 / 201) / 3, 1e-12);

  const auto predicted = json_lines(run({"predict", model_, texts_, "--long", "window", "--precision", "fp32"}).out);
  const auto explained = json_lines(run({"explain", model_, texts_, "--long", "window", "--as", "jsonl"}).out);
  const auto cut = json_lines(run({"explain", model_, texts_, "--as", "jsonl", "--quiet"}).out);
  ASSERT_EQ(predicted.size(), 4U);
  ASSERT_EQ(explained.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(predicted[i]["label"], explained[i]["label"]);
    EXPECT_EQ(explained[i]["truncated_pieces"], 0);
    EXPECT_EQ(explained[i].contains("windows"), i == 3);
    EXPECT_EQ(predicted[i].contains("windows"), i == 3);
    for (const auto& [label, p] : predicted[i]["probability"].items()) {
      EXPECT_NEAR(p.get<double>(), explained[i]["probability"][label].get<double>(), 1e-5);
    }
    double sum = explained[i]["bias"].get<double>();
    for (const json& unit : explained[i]["units"]) sum += unit["score"].get<double>();
    EXPECT_NEAR(sum, explained[i]["explained"].get<double>(), 1e-4);
    if (i < 3) {
      EXPECT_EQ(explained[i]["units"], cut[i]["units"]);
    }
  }
  EXPECT_EQ(explained[3]["units"].size(), 201U);
  EXPECT_EQ(cut[3]["units"].size(), 62U);

  const std::string labelled = folder_
                                   .write("labelled.csv", "text,label\n\"" + std::string(400, 'a') + " film\",film\n" +
                                                              explained[3]["text"].get<std::string>() + ",market\n")
                                   .string();
  const Finished evaluated = run({"evaluate", model_, labelled, "--long", "window", "--json", "-", "--quiet"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(json::parse(evaluated.out)["data"]["truncated_pieces"], 0);
  EXPECT_EQ(json::parse(evaluated.out)["data"]["windowed_texts"], 1);
  const Finished refused = run({"evaluate", model_, labelled, "--long", "window", "--faithfulness"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("leave those out, or --long window"), std::string::npos) << refused.err;
}

TEST_F(Evidence, WhatUsersDoWrongIsToldBeforeTheWork) {
  const auto failure = [&](const std::vector<std::string>& arguments, int status, const std::string& message) {
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, status) << message << "\n" << done.err;
    EXPECT_NE(done.err.find(message), std::string::npos) << done.err;
  };
  const std::string plain = folder_.write("plain.csv", "text,label\na film,film\n").string();
  failure({"plausibility", model_}, 2, "input");
  failure({"plausibility", model_, plain}, 1, "expected texts of which people marked a part");
  failure({"plausibility", model_, texts_, "--methods", "magic"}, 2, "decomposition");
  const std::string no_head = (kFixtures / "tiny-bert-classifier").string();
  failure({"plausibility", no_head, texts_, "--methods", "attention-attribution"}, 1,
          "--methods: expected a method that applies");
  failure({"plausibility", model_, texts_, "--share-from", plain}, 1, "plain.csv: expected texts of which");
  failure({"predict", model_, plain, "--long", "window", "--max-length", "3"}, 2, "windows of at least 4 tokens");
  const std::vector<float> poison(32, std::numeric_limits<float>::quiet_NaN());
  const std::span<const std::byte> bytes = std::as_bytes(std::span(poison));
  write_tiny_model(folder_ / "nan", Adjust::top, {{head_tensors::kNormBias, {DataType::f32, {32}, bytes}}});
  failure({"plausibility", (folder_ / "nan").string(), texts_, "--quiet"}, 1, "NaN");
  const std::string out = (folder_ / "planted").string();
  failure({"planted", plain}, 2, "--out");
  failure({"planted", plain, "--out", out, "--methods", "magic"}, 2, "decomposition");
  failure({"planted", plain, "--out", out, "--model", model_}, 1, "at least two labels");
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(Evidence, PlantedTrainsAndMeasures) {
  std::string rows = "text,label\n";
  const std::vector<std::string> texts = tiny_texts(200);
  for (std::size_t i = 4; i < texts.size(); ++i) {
    std::string text = texts[i];
    std::replace(text.begin(), text.end(), '\n', ' ');
    rows += "\"" + text + " end\"," + tiny_labels().name(i % 3) + "\n";
  }
  const std::string out = (folder_ / "planted").string();
  const std::vector<std::string> arguments = {"planted",
                                              folder_.write("texts.csv", rows).string(),
                                              "--out",
                                              out,
                                              "--model",
                                              (kFixtures / "tiny-bert").string(),
                                              "--texts",
                                              "140",
                                              "--held-out",
                                              "50",
                                              "--share",
                                              "0.8",
                                              "--max-length",
                                              "64",
                                              "--epochs",
                                              "30",
                                              "--quiet",
                                              "--json",
                                              "-",
                                              "--learning-rate",
                                              "0.003",
                                              "--adjust",
                                              "none"};
  if (!std::filesystem::exists(kProgram.parent_path() / "pellucid-train")) {
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, 1);
    EXPECT_NE(done.err.find("expected pellucid-train beside this program"), std::string::npos) << done.err;
    GTEST_SKIP() << "no pellucid-train: built without training";
  }
  const Finished done = run(arguments);
  ASSERT_EQ(done.status, 0) << done.err;
  const json report = json::parse(done.out);
  EXPECT_EQ(report["schema"], "pellucid.planted/1");
  EXPECT_EQ(report["held_out"], 50);
  EXPECT_EQ(report["words"].size(), 3U);
  EXPECT_GT(report["followed"], 0);
  for (const json& row : report["planted"]) EXPECT_EQ(row["n"], report["followed"]);
  // The planted texts are there, with the word as their evidence.
  const auto held_out = json_lines(folder_.read("planted/held-out.jsonl"));
  ASSERT_EQ(held_out.size(), 50U);
  for (const json& line : held_out) {
    const std::size_t begin = line["evidence"][0]["begin"];
    const std::size_t end = line["evidence"][0]["end"];
    const std::string label = line["label"];
    EXPECT_EQ(report["words"][label], line["text"].get<std::string>().substr(begin, end - begin));
  }
  // Again: the model is there, nothing is trained, the figures are the same.
  const Finished again = run(arguments);
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.err.find("complete already"), std::string::npos) << again.err;
  const json repeated = json::parse(again.out);
  EXPECT_EQ(repeated["planted"][0]["value"], report["planted"][0]["value"]);
  EXPECT_EQ(repeated["model"], report["model"]);
}

}  // namespace
}  // namespace pellucid
