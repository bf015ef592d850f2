// The published data sets, where they are at hand: rows and classes as their authors state them.
#include <gtest/gtest.h>

#include <cctype>
#include <map>

#include "data/reader.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using Counts = std::map<std::string, int>;

const fs::path kShared = fs::path(PELLUCID_SOURCE_DIR).parent_path() / "shared" / "data";
const fs::path kFetched = fs::path(PELLUCID_SOURCE_DIR) / "var" / "data";

struct DataSet {
  fs::path file;
  std::size_t rows;
  Counts classes;
};

class RealData : public ::testing::TestWithParam<DataSet> {};

TEST_P(RealData, HasItsRowsAndClasses) {
  const DataSet& data = GetParam();
  if (!fs::exists(data.file)) GTEST_SKIP() << data.file << " is not here";
  const Result<std::vector<Example>> examples = read_examples(data.file, {.labels_required = true});
  ASSERT_TRUE(examples) << describe(examples.error());
  EXPECT_EQ(examples->size(), data.rows);
  Counts classes;
  for (const Example& example : *examples) {
    ++classes[*example.label];
    EXPECT_FALSE(example.text.empty()) << example.line;
  }
  EXPECT_EQ(classes, data.classes);
}

INSTANTIATE_TEST_SUITE_P(
    Sets, RealData,
    ::testing::Values(DataSet{kShared / "ag_news/test.csv",
                              7600,
                              {{"World", 1900}, {"Sports", 1900}, {"Business", 1900}, {"Sci/Tech", 1900}}},
                      DataSet{kShared / "ag_news/train.csv",
                              68072,
                              {{"World", 17426}, {"Sports", 16775}, {"Business", 16587}, {"Sci/Tech", 17284}}},
                      DataSet{kShared / "sst2/train.jsonl", 6920, {{"0", 3310}, {"1", 3610}}},
                      DataSet{kShared / "sst2/dev.jsonl", 872, {{"0", 428}, {"1", 444}}},
                      DataSet{kShared / "sst2/test.jsonl", 1821, {{"0", 912}, {"1", 909}}},
                      DataSet{kShared / "eraser_movies/train.jsonl", 1600, {{"0", 800}, {"1", 800}}},
                      DataSet{kShared / "eraser_movies/dev.jsonl", 200, {{"0", 100}, {"1", 100}}},
                      DataSet{kShared / "eraser_movies/test.jsonl", 199, {{"0", 100}, {"1", 99}}},
                      DataSet{kShared / "financial_phrasebank/sentences_allagree.jsonl",
                              2264,
                              {{"negative", 303}, {"neutral", 1391}, {"positive", 570}}},
                      DataSet{kShared / "financial_phrasebank/sentences_75agree.jsonl",
                              3453,
                              {{"negative", 420}, {"neutral", 2146}, {"positive", 887}}},
                      DataSet{kShared / "medical_abstracts/test.jsonl",
                              2888,
                              {{"neoplasms", 633},
                               {"digestive system diseases", 299},
                               {"nervous system diseases", 385},
                               {"cardiovascular diseases", 610},
                               {"general pathological conditions", 961}}},
                      DataSet{kShared / "overruling/all.jsonl", 2394, {{"0", 1208}, {"1", 1186}}},
                      DataSet{kShared / "sms_spam/all.jsonl", 5574, {{"ham", 4827}, {"spam", 747}}},
                      DataSet{kShared / "unfair_tos/all.jsonl",
                              3850,
                              {{"Arbitration", 99},
                               {"Choice of law", 39},
                               {"Content removal", 56},
                               {"Contract by using", 16},
                               {"Jurisdiction", 26},
                               {"Limitation of liability", 29},
                               {"Other", 3480},
                               {"Unilateral change", 72},
                               {"Unilateral termination", 33}}},
                      DataSet{kFetched / "reuters-r8/reuters-r8-train.tab",
                              5485,
                              {{"acq", 1596},
                               {"crude", 253},
                               {"earn", 2840},
                               {"grain", 41},
                               {"interest", 190},
                               {"money-fx", 206},
                               {"ship", 108},
                               {"trade", 251}}},
                      DataSet{kFetched / "reuters-r8/reuters-r8-test.tab",
                              2189,
                              {{"acq", 696},
                               {"crude", 121},
                               {"earn", 1083},
                               {"grain", 10},
                               {"interest", 81},
                               {"money-fx", 87},
                               {"ship", 36},
                               {"trade", 75}}}),
    [](const auto& info) {
      std::string name = info.param.file.parent_path().filename().string() + "_" + info.param.file.stem().string();
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

TEST(RealDataText, AgNewsTextKeepsItsBytes) {
  const fs::path file = kShared / "ag_news/test.csv";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not here";
  const auto examples = read_examples(file, {});
  ASSERT_TRUE(examples);
  EXPECT_TRUE(examples->front().text.starts_with(
      "Fears for T N pension after talks Unions representing workers at Turner   Newall"));
  EXPECT_NE((*examples)[1].text.find("A second\\team of rocketeers competing for the  #36;10 million"),
            std::string::npos);
}

TEST(RealDataText, EraserEvidenceIsWholeTokens) {
  const fs::path file = kShared / "eraser_movies/dev.jsonl";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not here";
  const auto examples = read_examples(file, {});
  ASSERT_TRUE(examples);
  std::size_t spans = 0;
  for (const Example& example : *examples) {
    for (const ByteRange& range : example.evidence) {
      ++spans;
      EXPECT_TRUE(range.begin == 0 || example.text[range.begin - 1] == ' ');
      EXPECT_TRUE(range.end == example.text.size() || example.text[range.end] == ' ');
      EXPECT_LT(range.begin, range.end);
    }
  }
  EXPECT_EQ(spans, 1517u);
  EXPECT_EQ(examples->front().id, "negR_800.txt");
}

}  // namespace
}  // namespace pellucid
