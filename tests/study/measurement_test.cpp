// A measurement of one version of the test texts: what is known of texts that are the same in another is taken from it.
#include "study/measurement.h"

#include <gtest/gtest.h>

#include "tiny_model.h"

namespace pellucid::study {
namespace {

class MeasurementOfTinyModel : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "model", Adjust::top);
    classifier_ = unwrap(load_classifier((folder_ / "model").string(), {}));
    plan_.seeds = {0};
    plan_.faithfulness = compare::FaithfulnessPlan{};
  }

  static TestTexts texts(const std::vector<std::string>& all) {
    TestTexts test;
    for (const std::string& text : all) {
      test.examples.push_back({.id = std::to_string(test.examples.size()), .text = text});
      test.changes.push_back(unchanged(text));
    }
    return test;
  }
  Measurement measured(const TestTexts& test, const std::optional<Known>& known = std::nullopt) {
    const MeasuringPlan measuring{
        .plan = &plan_, .method = unwrap(find_method("decomposition")), .precision = Precision::fp32, .gold = {}};
    return unwrap(measure(*classifier_, measuring, test, known, true));
  }

  TemporaryFolder folder_;
  std::unique_ptr<Classifier> classifier_;
  compare::Plan plan_;
};

TEST_F(MeasurementOfTinyModel, TextsThatAreTheSameAreTakenFromWhatIsKnown) {
  const TestTexts before = texts({"the film was good", "a match in the rain", "the market fell", "a film"});
  const TestTexts after = texts({"the film was good", "rain the in match a", "the market fell", "film a"});
  Measurement known = measured(before);
  ASSERT_EQ(known.texts.size(), 4U);
  // No model gives these.
  known.predicted[2] = 7;
  known.texts[0].comprehensiveness = 42;
  known.texts[1].comprehensiveness = 42;

  const Measurement found = measured(after, Known{&before, &known});
  const Measurement anew = measured(after);
  EXPECT_EQ(found.predicted, (std::vector<std::int32_t>{anew.predicted[0], anew.predicted[1], 7, anew.predicted[3]}));
  ASSERT_EQ(found.texts.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found.texts[i].text, i);
    EXPECT_EQ(found.texts[i].units, anew.texts[i].units);
    EXPECT_LE(largest_difference(found.texts[i].scores, anew.texts[i].scores), 1e-5);
    EXPECT_NEAR(found.texts[i].comprehensiveness, i == 0 ? 42 : anew.texts[i].comprehensiveness, 1e-5);
  }
  EXPECT_EQ(found.fingerprint, anew.fingerprint) << "it is the same measurement";
}

TEST_F(MeasurementOfTinyModel, NothingIsMeasuredWhereNothingChanged) {
  const TestTexts test = texts({"the film was good", "a match in the rain"});
  Measurement known = measured(test);
  known.predicted = {5, 6};
  const Measurement found = measured(test, Known{&test, &known});
  EXPECT_EQ(found.predicted, known.predicted);
  EXPECT_EQ(found.texts.size(), 2U);
}

TEST_F(MeasurementOfTinyModel, TheSameBytesFromOtherPlacesAreAnotherText) {
  const TestTexts before = texts({"a film a film"});
  TestTexts after = before;
  after.changes[0].segments = {{{0, 1}, {7, 8}}, {{1, 6}, {1, 6}}, {{7, 8}, {0, 1}}, {{8, 13}, {8, 13}}};
  Measurement known = measured(before);
  known.predicted = {7};
  EXPECT_NE(measured(after, Known{&before, &known}).predicted, known.predicted);
}

}  // namespace
}  // namespace pellucid::study
