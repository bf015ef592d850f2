// Plausibility against scikit-learn (tests/oracles/plausibility.py), by hand, and on a model whose answer is known.
#include "evaluate/plausibility.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tiny_texts.h"

namespace pellucid {
namespace {

std::vector<bool> flags(const std::string& text) {
  std::vector<bool> flags;
  for (const char c : text) flags.push_back(c == '1');
  return flags;
}

TEST(Plausibility, AgreesWithScikitLearn) {
  nlohmann::json cases;
  std::ifstream(kFixtures / "plausibility.json") >> cases;
  ASSERT_GT(cases.size(), 50U);
  for (const nlohmann::json& one : cases) {
    const auto scores = one["scores"].get<std::vector<double>>();
    std::vector<bool> marked;
    for (const int mark : one["marked"]) marked.push_back(mark == 1);
    EXPECT_NEAR(average_precision(scores, marked), one["average_precision"].get<double>(), 1e-12);
    EXPECT_NEAR(area_under_roc(scores, marked), one["area_under_roc"].get<double>(), 1e-12);
    EXPECT_NEAR(token_f1(first_units(scores, one["k"]), marked), one["token_f1"].get<double>(), 1e-12);
  }
}

TEST(Plausibility, UnitsNotReadAreOneStepAtTheEnd) {
  const double none = -std::numeric_limits<double>::infinity();
  const std::vector<double> read = {2, 1, none, none};
  const std::vector<double> worst = {2, 1, -100, -100};
  EXPECT_EQ(average_precision(read, flags("1010")), average_precision(worst, flags("1010")));
  EXPECT_EQ(area_under_roc(read, flags("1010")), area_under_roc(worst, flags("1010")));
}

// A marked unit against every unmarked one, all pairs.
RC_GTEST_PROP(Plausibility, AreaUnderRocCountsPairs, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 40);
  std::vector<bool> marked(n);
  std::vector<double> scores(n);
  for (std::size_t u = 0; u < n; ++u) {
    marked[u] = *rc::gen::arbitrary<bool>();
    scores[u] = *rc::gen::inRange(-3, 4);
  }
  marked[0] = !marked[n - 1];
  double above = 0;
  double pairs = 0;
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      if (!marked[a] || marked[b]) continue;
      ++pairs;
      above += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0;
    }
  }
  RC_ASSERT(std::abs(area_under_roc(scores, marked) - above / pairs) < 1e-12);
  std::vector<double> reversed;
  for (const double score : scores) reversed.push_back(-score);
  RC_ASSERT(std::abs(area_under_roc(reversed, marked) + area_under_roc(scores, marked) - 1) < 1e-12);
}

TEST(Plausibility, FirstUnitsByHand) {
  EXPECT_EQ(first_units(std::vector<double>{1, 3, 2, 3}, 1), flags("0100"));  // ties: the earlier
  EXPECT_EQ(first_units(std::vector<double>{1, 3, 2, 3}, 3), flags("0111"));
  EXPECT_EQ(first_units(std::vector<double>{1, 3}, 9), flags("11"));
  EXPECT_EQ(first_units(std::vector<double>{}, 1), flags(""));
}

TEST(Plausibility, IouF1ByHand) {
  EXPECT_DOUBLE_EQ(iou_f1(flags("0111000"), flags("0111000")), 1);
  EXPECT_DOUBLE_EQ(iou_f1(flags("0011100"), flags("0111000")), 1);    // 2 of 4: just enough
  EXPECT_DOUBLE_EQ(iou_f1(flags("0001110"), flags("0111000")), 0);    // 1 of 5
  EXPECT_DOUBLE_EQ(iou_f1(flags("1011011"), flags("0011000")), 0.5);  // one span of three right, of one
  EXPECT_DOUBLE_EQ(iou_f1(flags("1100011"), flags("1101011")), 0.8);  // 2 of 2 right, 2 of 3 found
  EXPECT_DOUBLE_EQ(iou_f1(flags("1010101"), flags("1111111")), 0);    // scattered words are no span
  EXPECT_DOUBLE_EQ(iou_f1(flags("0000000"), flags("1111111")), 0);
}

TEST(Plausibility, UnitsThatShareAByteAreMarked) {
  const Units units{{{0, 3}, {4, 8}, {8, 9}, {10, 12}}, {}};
  const auto marked = [&](std::vector<ByteRange> evidence) { return marked_units(units, evidence); };
  EXPECT_EQ(marked({{4, 8}}), flags("0100"));
  EXPECT_EQ(marked({{7, 9}}), flags("0110"));
  EXPECT_EQ(marked({{3, 4}}), flags("0000"));  // a space
  EXPECT_EQ(marked({{0, 1}, {11, 99}}), flags("1001"));
  EXPECT_EQ(marked({}), flags("0000"));
  EXPECT_FALSE(tells_apart(flags("000")) || tells_apart(flags("111")) || tells_apart(flags("")));
  EXPECT_TRUE(tells_apart(flags("010")));
  EXPECT_DOUBLE_EQ(mean_marked_share(std::vector{flags("1000"), flags("11")}), 0.625);
}

class PlausibilityComparison : public ::testing::Test {
 protected:
  PlausibilityComparison() {
    // The marks are what occlusion ranks first: a third of the units.
    const Method* occlusion = unwrap(find_method("occlusion"));
    const auto found = unwrap(occlusion->explain(*classifier_, all_.inputs(), {}));
    for (std::size_t t = 0; t < found.size(); ++t) {
      const std::vector<double> scores = unit_scores(all_.units[t], found[t].scores);
      const std::vector<bool> marked = first_units(scores, (scores.size() + 2) / 3);
      if (tells_apart(marked)) texts_.push_back({&all_.encodings[t], &all_.units[t], marked});
    }
    for (const char* name : {"random", "decomposition", "occlusion"}) {
      methods_.push_back(unwrap(find_method(name)));
    }
  }
  std::map<std::pair<std::string, std::string>, JudgedRow> compare(const PlausibilityOptions& options = {}) {
    std::map<std::pair<std::string, std::string>, JudgedRow> rows;
    for (const JudgedRow& row : unwrap(compare_plausibility(*classifier_, texts_, methods_, options))) {
      rows[{row.measure, row.method}] = row;
    }
    return rows;
  }

  const std::unique_ptr<Classifier> classifier_ = load_tiny_classifier("top");
  const TinyInputs all_{*classifier_, tiny_texts(60)};
  std::vector<RationaleText> texts_;
  std::vector<const Method*> methods_;
};

TEST_F(PlausibilityComparison, FindsTheMethodThatTheMarksCameFrom) {
  ASSERT_GT(texts_.size(), 30U);
  const auto rows = compare();
  EXPECT_EQ(rows.size(), 4 * methods_.size());
  for (const auto measure : kPlausibilityMeasures) {
    const JudgedRow& best = rows.at({std::string(measure), "occlusion"});
    EXPECT_GT(best.value, 0.999) << measure;
    EXPECT_EQ(best.p_value, 1);
    EXPECT_EQ(best.n, texts_.size());
    const JudgedRow& control = rows.at({std::string(measure), "random"});
    EXPECT_LT(control.value, 0.8) << measure;
    EXPECT_LT(control.p_value, 0.01) << measure;
    EXPECT_LE(control.interval.low, control.value);
    EXPECT_GE(control.interval.high, control.value);
    EXPECT_EQ(control.forward_equivalents, 1);
  }
  const JudgedRow& control = rows.at({"auroc", "random"});
  EXPECT_NEAR(control.value, 0.5, 0.15);
}

TEST_F(PlausibilityComparison, ValuesAreMeansOverTexts) {
  const auto rows = compare({.share = 0.5, .method = {}, .seed = 3});
  const Method* decomposition = unwrap(find_method("decomposition"));
  double precision = 0;
  double f1 = 0;
  for (const RationaleText& text : texts_) {
    const Input input{text.encoding, text.units, {}};
    const auto found = unwrap(decomposition->explain(*classifier_, {&input, 1}, {})).front();
    const std::vector<double> scores = unit_scores(*text.units, found.scores);
    const auto n = static_cast<double>(texts_.size());
    precision += average_precision(scores, text.marked) / n;
    const std::size_t half = std::max<std::size_t>(1, (scores.size() + 1) / 2);
    f1 += token_f1(first_units(scores, half), text.marked) / n;
  }
  EXPECT_NEAR(rows.at({"auprc", "decomposition"}).value, precision, 1e-3);
  EXPECT_NEAR(rows.at({"token-f1", "decomposition"}).value, f1, 1e-3);
}

TEST_F(PlausibilityComparison, WhatIsNotReadCountsAgainstAMethod) {
  const auto before = compare();
  for (RationaleText& text : texts_) {
    text.marked.resize(text.marked.size() + 5, false);
    text.marked.back() = true;  // beyond what the model reads
  }
  const auto after = compare();
  for (const auto& [key, row] : before) {
    if (key.second == "occlusion") {
      EXPECT_LT(after.at(key).value, row.value) << key.first;
    }
  }
}

TEST_F(PlausibilityComparison, RepeatsUnderItsSeedAndStopsWhenAsked) {
  const auto first = compare({.share = {}, .method = {}, .seed = 5});
  const auto second = compare({.share = {}, .method = {}, .seed = 5});
  for (const auto& [key, row] : first) {
    EXPECT_EQ(row.value, second.at(key).value);
    EXPECT_EQ(row.interval.low, second.at(key).interval.low);
    EXPECT_EQ(row.p_value, second.at(key).p_value);
  }
  std::vector<std::size_t> reported;
  unwrap(compare_plausibility(*classifier_, texts_, methods_, {}, [&](std::size_t done) {
    reported.push_back(done);
    return true;
  }));
  EXPECT_EQ(reported.back(), texts_.size() * methods_.size());
  const auto stopped = compare_plausibility(*classifier_, texts_, methods_, {}, [](std::size_t) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_TRUE(unwrap(compare_plausibility(*classifier_, {}, methods_, {})).empty());
}

}  // namespace
}  // namespace pellucid
