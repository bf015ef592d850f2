// Metrics against scikit-learn's (tests/oracles/metrics.py) and their invariants.
#include "evaluate/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace pellucid {
namespace {

constexpr double kTolerance = 1e-12;
const std::filesystem::path kCases = std::filesystem::path(PELLUCID_SOURCE_DIR) / "tests" / "fixtures" / "metrics";

struct Case {
  std::vector<double> probabilities;  // [N, C]
  std::vector<std::int32_t> gold;
  std::size_t classes;
  nlohmann::json expected;

  ClassificationMetrics metrics() const { return classification_metrics(probabilities, gold, classes); }
};

Case read(const std::string& name) {
  Case read;
  std::ifstream(kCases / (name + ".json")) >> read.expected;
  for (const auto& row : read.expected["probabilities"]) {
    read.classes = row.size();
    for (const double p : row) read.probabilities.push_back(p);
  }
  read.gold = read.expected["gold"].get<std::vector<std::int32_t>>();
  return read;
}

template <class Scores>
void expect_scores(const Scores& found, const nlohmann::json& expected) {
  EXPECT_NEAR(found.precision, expected["precision"].get<double>(), kTolerance);
  EXPECT_NEAR(found.recall, expected["recall"].get<double>(), kTolerance);
  EXPECT_NEAR(found.f1, expected["f1"].get<double>(), kTolerance);
}

class Oracle : public ::testing::TestWithParam<std::string> {};

TEST_P(Oracle, AgreesWithScikitLearn) {
  const Case one = read(GetParam());
  const ClassificationMetrics found = one.metrics();
  const auto expected = [&](const char* name) { return one.expected.at(name).get<double>(); };
  EXPECT_EQ(found.n, one.gold.size());
  EXPECT_NEAR(found.accuracy, expected("accuracy"), kTolerance);
  EXPECT_NEAR(found.negative_log_likelihood, expected("negative_log_likelihood"), kTolerance);
  EXPECT_NEAR(found.brier, expected("brier"), kTolerance);
  EXPECT_NEAR(found.expected_calibration_error, expected("expected_calibration_error"), kTolerance);
  expect_scores(found.macro, one.expected["macro"]);
  expect_scores(found.weighted, one.expected["weighted"]);
  EXPECT_EQ(found.confusion, one.expected["confusion"].get<std::vector<std::vector<std::size_t>>>());
  ASSERT_EQ(found.classes.size(), one.classes);
  for (std::size_t c = 0; c < one.classes; ++c) {
    SCOPED_TRACE(c);
    expect_scores(found.classes[c], one.expected["classes"][c]);
    EXPECT_EQ(found.classes[c].support, one.expected["classes"][c]["support"].get<std::size_t>());
    std::size_t predictions = 0;
    for (const auto& row : found.confusion) predictions += row[c];
    EXPECT_EQ(found.classes[c].precision_undefined, predictions == 0);
    EXPECT_EQ(found.classes[c].recall_undefined, found.classes[c].support == 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Oracle,
                         ::testing::Values("binary", "one_text", "fewer_texts_than_bins", "missing_classes", "ties",
                                           "certain_and_right", "certain_and_wrong", "many_classes"),
                         [](const auto& info) { return info.param; });

TEST(Metrics, FlagsWhatIsUndefined) {
  const ClassificationMetrics found = read("missing_classes").metrics();
  EXPECT_FALSE(found.classes[0].precision_undefined || found.classes[0].recall_undefined);
  EXPECT_TRUE(found.classes[3].precision_undefined);
  EXPECT_FALSE(found.classes[3].recall_undefined);
  EXPECT_FALSE(found.classes[4].precision_undefined);
  EXPECT_TRUE(found.classes[4].recall_undefined);
  EXPECT_TRUE(found.classes[5].precision_undefined && found.classes[5].recall_undefined);
}

TEST(Metrics, TheFirstOfEqualProbabilitiesIsPredicted) {
  const std::vector<double> probabilities = {0.25, 0.375, 0.375};
  const std::vector<std::int32_t> gold = {2};
  EXPECT_EQ(classification_metrics(probabilities, gold, 3).confusion[2], (std::vector<std::size_t>{0, 1, 0}));
}

TEST(Metrics, ACertainMistakeCostsAFiniteLogarithm) {
  const ClassificationMetrics found = read("certain_and_wrong").metrics();
  EXPECT_NEAR(found.negative_log_likelihood, 52 * std::log(2.0), kTolerance * 100);  // −log 2⁻⁵²
  EXPECT_DOUBLE_EQ(found.brier, 2);
  EXPECT_DOUBLE_EQ(found.expected_calibration_error, 1);
}

TEST(Metrics, NoTextsIsAllZero) {
  const ClassificationMetrics found = classification_metrics({}, {}, 2);
  EXPECT_EQ(found.n, 0);
  for (const double value : {found.accuracy, found.macro.f1, found.weighted.f1, found.negative_log_likelihood,
                             found.brier, found.expected_calibration_error}) {
    EXPECT_EQ(value, 0);
  }
}

TEST(Metrics, RenamingClassesPermutesThem) {
  const Case one = read("missing_classes");
  const std::size_t order[] = {4, 2, 0, 5, 1, 3};  // class c becomes order[c]
  Case renamed = one;
  for (std::size_t text = 0; text < one.gold.size(); ++text) {
    renamed.gold[text] = static_cast<std::int32_t>(order[one.gold[text]]);
    for (std::size_t c = 0; c < 6; ++c) renamed.probabilities[text * 6 + order[c]] = one.probabilities[text * 6 + c];
  }
  const ClassificationMetrics before = one.metrics();
  const ClassificationMetrics after = renamed.metrics();
  EXPECT_NEAR(after.macro.f1, before.macro.f1, kTolerance);
  EXPECT_NEAR(after.weighted.precision, before.weighted.precision, kTolerance);
  EXPECT_NEAR(after.brier, before.brier, kTolerance);
  EXPECT_EQ(after.expected_calibration_error, before.expected_calibration_error);
  for (std::size_t c = 0; c < 6; ++c) EXPECT_EQ(after.classes[order[c]].f1, before.classes[c].f1);
}

}  // namespace
}  // namespace pellucid
