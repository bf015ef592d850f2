// The published data sets, where they are at hand: rows and classes as their authors state them, texts
// byte for byte as Python reads them.
#include <gtest/gtest.h>

#include <cctype>
#include <map>

#include "data/reader.h"
#include "files/sha256.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using Counts = std::map<std::string, int>;

const fs::path kShared = fs::path(PELLUCID_SOURCE_DIR).parent_path() / "shared" / "data";
const fs::path kFetched = fs::path(PELLUCID_SOURCE_DIR) / "var" / "data";

struct DataSet {
  fs::path file;
  std::size_t rows;
  std::string texts_sha256;  // of every text and "\n", as Python's csv and json modules read them
  Counts classes;
};

class RealData : public ::testing::TestWithParam<DataSet> {};

TEST_P(RealData, HasItsRowsClassesAndTexts) {
  const DataSet& data = GetParam();
  if (!fs::exists(data.file)) GTEST_SKIP() << data.file << " is not here";
  const Result<std::vector<Example>> examples = read_examples(data.file, {.labels_required = true});
  ASSERT_TRUE(examples) << describe(examples.error());
  EXPECT_EQ(examples->size(), data.rows);
  Counts classes;
  std::string texts;
  for (const Example& example : *examples) {
    ++classes[*example.label];
    texts.append(example.text).append("\n");
  }
  EXPECT_EQ(classes, data.classes);
  EXPECT_EQ(sha256(texts), data.texts_sha256);
}

INSTANTIATE_TEST_SUITE_P(
    Sets, RealData,
    ::testing::Values(DataSet{kShared / "ag_news/test.csv",
                              7600,
                              "974d5aed3954251b0b36e1ee892f7a10a666b6a2e736003e7bf05be257694c70",
                              {{"World", 1900}, {"Sports", 1900}, {"Business", 1900}, {"Sci/Tech", 1900}}},
                      DataSet{kShared / "ag_news/train.csv",
                              68072,
                              "162268ca6cd9f35da1468ea8f5176807c74570c8bec51b508fa42bbebea17173",
                              {{"World", 17426}, {"Sports", 16775}, {"Business", 16587}, {"Sci/Tech", 17284}}},
                      DataSet{kShared / "sst2/train.jsonl",
                              6920,
                              "7deaedea1d419d8bc1cdaccda2e8041edc166433f927a9bb5b3f3bce69bd7059",
                              {{"0", 3310}, {"1", 3610}}},
                      DataSet{kShared / "sst2/dev.jsonl",
                              872,
                              "3e7af8b79f81c5df3b87bf3e61416816923c0a125b0f57c0372e4012d0f2c7c1",
                              {{"0", 428}, {"1", 444}}},
                      DataSet{kShared / "sst2/test.jsonl",
                              1821,
                              "e88561ec37d8868b755d4b41ae1a0af6723c9e3a83e7016c6f57361225e2d6ba",
                              {{"0", 912}, {"1", 909}}},
                      DataSet{kShared / "eraser_movies/train.jsonl",
                              1600,
                              "c9586ed411363c29e3c9202489e7f1fbc1c12be4077d40244618f3fe21e9d0cf",
                              {{"0", 800}, {"1", 800}}},
                      DataSet{kShared / "eraser_movies/dev.jsonl",
                              200,
                              "0af00220114d1f36b49214dea66151c8cd36df6b8de701e0766b6f4657490c94",
                              {{"0", 100}, {"1", 100}}},
                      DataSet{kShared / "eraser_movies/test.jsonl",
                              199,
                              "a061447b87e8a0242ffa834bc91fa04307cca2b7dce60288242fcc213c0af230",
                              {{"0", 100}, {"1", 99}}},
                      DataSet{kShared / "financial_phrasebank/sentences_allagree.jsonl",
                              2264,
                              "caf6d0799b094f0707117be34e338e2a7ddb81ba8eaaacdb6da79a070e3c020d",
                              {{"negative", 303}, {"neutral", 1391}, {"positive", 570}}},
                      DataSet{kShared / "financial_phrasebank/sentences_75agree.jsonl",
                              3453,
                              "556633ae75ee9075d771350783bc7459bd1db686e4249f019510228d32354417",
                              {{"negative", 420}, {"neutral", 2146}, {"positive", 887}}},
                      DataSet{kShared / "medical_abstracts/test.jsonl",
                              2888,
                              "1f45fc9712563f53e8272303fa462b225f7dc7270bf7c582446d88d471782e92",
                              {{"neoplasms", 633},
                               {"digestive system diseases", 299},
                               {"nervous system diseases", 385},
                               {"cardiovascular diseases", 610},
                               {"general pathological conditions", 961}}},
                      DataSet{kShared / "overruling/all.jsonl",
                              2394,
                              "c2abc868cc579f96373ff367743e3de667f51b8b708a41271cf0d359e52e1f3a",
                              {{"0", 1208}, {"1", 1186}}},
                      DataSet{kShared / "sms_spam/all.jsonl",
                              5574,
                              "9c3aa0286ab91c88450b9040056296aba48af27411d7e9e25d3f14dc59d9b10d",
                              {{"ham", 4827}, {"spam", 747}}},
                      DataSet{kShared / "unfair_tos/all.jsonl",
                              3850,
                              "57e5718dd38ef349816d10ccdd7a3498f06d3417e82363b98b76137d3962df7d",
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
                              "541ff5cbd80fd00d20cb8f5c80a25e70e83e7e6eb36716817ea9d9a7c1c63537",
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
                              "fbfd8494e94f4a230e81c8758f06594f0d67ed226a5f5a311294c29ecfefbe68",
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
}

}  // namespace
}  // namespace pellucid
