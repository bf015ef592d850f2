// Classifiers as transformers saves them, each with a tokenizer of its own, against its text-classification pipeline
// (tests/oracles/pipelines.py).
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "program.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

using nlohmann::json;

class Pipelines : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    expected_ = json::parse(std::ifstream(model_ / "expected.json"));
    std::string lines;
    for (const json& text : expected_) lines += json{{"text", text["text"]}}.dump() + "\n";
    texts_ = folder_.write("texts.jsonl", lines).string();
  }
  // A line a text.
  std::vector<json> lines_of(std::vector<std::string> command) {
    command.insert(command.end(), {model_.string(), texts_, "--precision", "fp32", "--quiet"});
    const Finished done = run(folder_, command);
    EXPECT_EQ(done.status, 0) << done.err;
    std::vector<json> lines = json_lines(done.out);
    lines.resize(expected_.size());
    return lines;
  }
  void expect_same(const json& line, const json& expected, const char* of) {
    for (const auto& [label, value] : expected[of].items()) {
      EXPECT_NEAR(line[of][label].get<double>(), value.get<double>(), 1e-4) << of << " of " << label;
    }
  }

  const std::filesystem::path model_ = kFixtures / "pipelines" / GetParam();
  const TemporaryFolder folder_;
  json expected_;
  std::string texts_;
};

TEST_P(Pipelines, PredictsAsThePipeline) {
  const std::vector<json> lines = lines_of({"predict"});
  for (std::size_t i = 0; i < lines.size(); ++i) {
    SCOPED_TRACE(expected_[i]["text"]);
    EXPECT_EQ(lines[i]["label"], expected_[i]["label"]);
    expect_same(lines[i], expected_[i], "probability");
  }
}

// White space, and what the normalisers here take away.
std::string without_the_unread(std::string text) {
  for (const char* unread : {" ", "\t", "\r", "\n", "\u00a0", "\u3000", "\u200b", "\u00ad", "\u0301"}) {
    for (std::size_t at; (at = text.find(unread)) != std::string::npos;) text.erase(at, std::strlen(unread));
  }
  return text;
}

// Units follow each other, and what was read of the text and lies in none of them is no word.
void expect_tiles(const json& line) {
  const auto text = line["text"].get<std::string>();
  std::size_t done = 0;
  for (const json& unit : line["units"]) {
    const auto begin = unit["begin"].get<std::size_t>();
    const auto end = unit["end"].get<std::size_t>();
    ASSERT_GE(begin, done);
    ASSERT_GT(end, begin);
    ASSERT_LE(end, text.size());
    EXPECT_EQ(without_the_unread(text.substr(done, begin - done)), "");
    done = end;
  }
  if (line["truncated_pieces"] == 0) {
    EXPECT_EQ(without_the_unread(text.substr(done)), "");
  }
}

TEST_P(Pipelines, ExplainsWhatThePipelineSays) {
  for (const char* unit : {"word", "piece"}) {
    const std::vector<json> lines = lines_of({"explain", "--as", "jsonl", "--unit", unit});
    for (std::size_t i = 0; i < lines.size(); ++i) {
      SCOPED_TRACE(unit + std::string(": ") + expected_[i]["text"].get<std::string>());
      const json& line = lines[i];
      expect_same(line, expected_[i], "logit");
      const json& logits = expected_[i]["logit"];
      double mean = 0;
      for (const json& logit : logits) mean += logit.get<double>() / static_cast<double>(logits.size());
      double sum = line["bias"].get<double>();
      for (const json& each : line["units"]) sum += each["score"].get<double>();
      EXPECT_EQ(line["target"], expected_[i]["label"]);
      EXPECT_NEAR(sum, logits[line["target"].get<std::string>()].get<double>() - mean, 1e-4);
      expect_tiles(line);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Pipelines, ::testing::Values("deberta-v3", "modernbert", "roberta", "xlm-roberta"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace pellucid
