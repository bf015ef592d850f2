// pellucid diff, as users and their release pipelines run it.
#include <gtest/gtest.h>

#include "program.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

using nlohmann::json;

class DiffCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "before", Adjust::top);
    write_other_model(folder_ / "after");
    before_ = (folder_ / "before").string();
    after_ = (folder_ / "after").string();
    csv_ = folder_
               .write("texts.csv",
                      "id,text,label\n"
                      "a,\"The film is good, very good, and the plot too.\",film\n"
                      "b,oil price rise in the market of the bank,market\n"
                      "c,\"the team won a match, the \"\"season\"\" goal\",match\n"
                      "d,,film\n")
               .string();
  }
  // The same model, but that classes read the first half of the hidden state alone.
  static void write_other_model(const std::filesystem::path& folder) {
    const SafetensorsFile head = unwrap(SafetensorsFile::open(kFixtures / "tiny-bert" / "head.safetensors"));
    TensorView changed = *head.find(head_tensors::kClassifierWeight);
    std::vector<float> weights(changed.bytes.size() / sizeof(float));
    std::memcpy(weights.data(), changed.bytes.data(), changed.bytes.size());
    const auto hidden = static_cast<std::size_t>(changed.shape[1]);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= i % hidden < hidden / 2 ? 1 : 0;
    changed.bytes = std::as_bytes(std::span(weights));
    write_tiny_model(folder, Adjust::top, {{head_tensors::kClassifierWeight, changed}});
  }
  Finished run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "diff");
    return pellucid::run(folder_, std::move(arguments));
  }

  TemporaryFolder folder_;
  std::string before_, after_, csv_;
};

TEST_F(DiffCommand, ReportsInThreeForms) {
  const std::string page = (folder_ / "diff.html").string();
  const std::string file = (folder_ / "diff.json").string();
  const Finished done = run({before_, after_, csv_, "--json", file, "--html", page, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json object = json::parse(folder_.read("diff.json"));
  EXPECT_EQ(object["schema"], "pellucid.diff/1");
  EXPECT_EQ(object["data"]["n"], 4);
  EXPECT_EQ(object["gold"]["n"], 4);
  EXPECT_EQ(object["gate"], json::array());
  EXPECT_EQ(object["explanations"]["method"], "expected-decomposition");
  EXPECT_TRUE(object["explanations"]["itself"].is_object());
  EXPECT_EQ(object["models"]["a"]["folder"], before_);
  EXPECT_NE(done.out.find("Against the labels"), std::string::npos) << done.out;
  EXPECT_EQ(done.out.find('\x1b'), std::string::npos) << "colours in a pipe";
  EXPECT_NE(folder_.read("diff.html").find("</html>"), std::string::npos);
}

TEST_F(DiffCommand, AModelDoesNotDifferFromItself) {
  const std::vector<std::string> limits = {"--max-changed", "0", "--max-broken",      "0",
                                           "--min-overlap", "1", "--min-correlation", "0.999"};
  std::vector<std::string> arguments = {before_, before_, csv_, "--json", "-", "--quiet"};
  arguments.insert(arguments.end(), limits.begin(), limits.end());
  const Finished done = run(arguments);
  ASSERT_EQ(done.status, 0) << done.err;
  const json object = json::parse(done.out);
  EXPECT_EQ(object["predictions"]["changed"], 0);
  EXPECT_NEAR(object["explanations"]["between"]["correlation"]["mean"].get<double>(), 1, 1e-12);
  EXPECT_LT(object["explanations"]["itself"]["correlation"]["mean"].get<double>(), 1);
  for (const json& check : object["gate"]) EXPECT_EQ(check["kept"], true) << check;
}

TEST_F(DiffCommand, CrossedLimitsAreNamedAndTheReportIsWrittenAllTheSame) {
  const std::string file = (folder_ / "diff.json").string();
  const Finished done = run({before_, after_, csv_, "--min-correlation", "1", "--min-overlap", "1", "--max-changed",
                             "1", "--json", file, "--quiet"});
  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.err.find("pellucid: --min-correlation: expected at least 1.0000 rank correlation of explanations on "
                          "average, found "),
            std::string::npos)
      << done.err;
  EXPECT_NE(done.err.find("pellucid: --min-overlap: expected at least 1.0000"), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find("--max-changed"), std::string::npos) << done.err;
  EXPECT_NE(done.out.find("--max-changed: kept"), std::string::npos) << done.out;
  const json object = json::parse(folder_.read("diff.json"));
  EXPECT_EQ(object["gate"].size(), 3U);
}

// A plain Hugging Face classifier with the same labels in another order.
TEST_F(DiffCommand, PlainCheckpointsAreComparedByTheNamesOfLabels) {
  const std::filesystem::path plain = folder_ / "plain";
  std::filesystem::copy(kFixtures / "tiny-bert-classifier", plain);
  json config = json::parse(folder_.read("plain/config.json"));
  config["id2label"] = {{"0", "match"}, {"1", "film"}, {"2", "market"}};
  config["label2id"] = {{"match", 0}, {"film", 1}, {"market", 2}};
  folder_.write("plain/config.json", config.dump());
  const Finished done = run({before_, plain.string(), csv_, "--json", "-", "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json object = json::parse(done.out);
  EXPECT_EQ(object["labels"], json({"film", "market", "match"}));
  // What predict says of the same texts.
  const auto labels_by = [&](const std::string& model) {
    const Finished predicted = pellucid::run(folder_, {"predict", model, csv_, "--quiet", "--precision", "fp32"});
    return json_lines(predicted.out);
  };
  const std::vector<json> a = labels_by(before_);
  const std::vector<json> b = labels_by(plain.string());
  std::size_t changed = 0;
  for (std::size_t t = 0; t < a.size(); ++t) changed += a[t]["label"] != b[t]["label"] ? 1 : 0;
  EXPECT_EQ(object["predictions"]["changed"], changed);
}

TEST_F(DiffCommand, UnlabelledTextsAndOtherMethods) {
  const std::string plain = folder_.write("plain.txt", "The film is good and very long.\noil price\n").string();
  const Finished done = run({before_, after_, plain, "--method", "occlusion", "--limit", "1", "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("Without labels"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("occlusion"), std::string::npos) << done.out;
}

TEST_F(DiffCommand, WhatUsersDoWrongIsTold) {
  const auto failure = [&](const std::vector<std::string>& arguments, int status, const std::string& message) {
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, status) << message << "\n" << done.err;
    EXPECT_NE(done.err.find(message), std::string::npos) << done.err;
    EXPECT_EQ(done.out, "");
  };
  const std::string classifier = (kFixtures / "tiny-bert-classifier").string();
  failure({before_, after_}, 2, "input");
  failure({before_, after_, "-", "--format", "text"}, 2, "expected a file");
  failure({before_, classifier, csv_}, 2,
          "expected two models with the same labels, found others; " + before_ +
              " lacks 'negative', 'neutral', 'positive'; " + classifier + " lacks 'film', 'market', 'match'");
  failure({before_, (folder_ / "nowhere").string(), csv_}, 1, "nowhere");
  failure({before_, after_, (folder_ / "none.csv").string()}, 1, "none.csv");
  failure({before_, after_, csv_, "--method", "magic"}, 2, "decomposition");
  failure({before_, after_, csv_, "--max-changed", "2"}, 2, "--max-changed");
  failure({before_, after_, csv_, "--limit", "0"}, 2, "--limit");
  const std::string plain = folder_.write("plain.csv", "text\na film\n").string();
  failure({before_, after_, plain, "--max-broken", "0.1", "--quiet"}, 2,
          "--max-broken: expected labelled texts, against which it counts; found no label in " + plain);
  const std::string opera = folder_.write("opera.csv", "text,label\na,film\nb,opera\n").string();
  failure({before_, after_, opera, "--quiet"}, 1,
          "opera.csv:3: expected one of the model's labels (film, market, match), found 'opera'");
  write_tiny_model(folder_ / "none", Adjust::none);
  failure({before_, (folder_ / "none").string(), csv_, "--method", "attention-attribution", "--quiet"}, 1,
          "expected a method that applies to this model");
}

TEST_F(DiffCommand, InterruptLeavesNoFile) {
  std::string text;
  for (int word = 0; word < 50; ++word) text += "film price ";
  const std::string labelled = folder_.write("long.csv", "text,label\n" + text + ",film\n").string();
  const std::string target = (folder_ / "out.json").string();
  Program program(folder_, {"diff", before_, before_, labelled, "--method", "integrated-gradients", "--steps",
                            "1000000", "--json", target, "--quiet"});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  program.interrupt();
  const Finished done = program.wait();
  EXPECT_EQ(done.status, 130) << done.err;
  EXPECT_EQ(done.err, "pellucid: interrupted; run the command again\n");
  EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace pellucid
