// The table that sets methods side by side: its order, its tests, its cost, its agreement with single measurements.
#include "evaluate/method_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "evaluate/faithfulness.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

class Comparison : public ::testing::Test {
 protected:
  Comparison() {
    for (std::size_t t = 0; t < texts_.encodings.size(); ++t) {
      if (!texts_.units[t].ranges.empty()) compared_.push_back({&texts_.encodings[t], &texts_.units[t]});
    }
    for (const char* name : {"random", "decomposition", "gradient-norm", "occlusion"}) {
      methods_.push_back(unwrap(find_method(name)));
    }
    for (const std::string_view name : kDefaultMeasures) measures_.push_back(unwrap(find_measure(name)));
  }
  ComparisonRequest request() const { return {*classifier_, compared_, methods_, measures_, options_}; }
  std::vector<FaithfulnessRow> compare(const MeasureOptions& options = {}) {
    return unwrap(compare_methods({*classifier_, compared_, methods_, measures_, options})).rows;
  }

  const std::unique_ptr<Classifier> classifier_ = load_tiny_classifier("top");
  const TinyInputs texts_{*classifier_, tiny_texts(90)};  // more than are measured together
  std::vector<ComparedText> compared_;
  std::vector<const Method*> methods_;
  std::vector<const Measure*> measures_;
  const MeasureOptions options_;
};

TEST_F(Comparison, RowsAreGroupedByMeasureBestFirst) {
  const std::vector<FaithfulnessRow> rows = compare();
  ASSERT_EQ(rows.size(), 3 * methods_.size());
  for (std::size_t m = 0; m < 3; ++m) {
    const auto group = std::span(rows).subspan(m * methods_.size(), methods_.size());
    std::vector<std::string> seen;
    for (std::size_t r = 0; r < group.size(); ++r) {
      EXPECT_EQ(group[r].measure, kDefaultMeasures[m]);
      EXPECT_EQ(group[r].n, compared_.size());
      EXPECT_LE(group[r].interval.low, group[r].value);
      EXPECT_GE(group[r].interval.high, group[r].value);
      seen.push_back(group[r].method);
      if (r == 0) {
        EXPECT_EQ(group[r].p_value, 1);
      } else if (m == 1) {
        EXPECT_GE(group[r].value, group[r - 1].value);  // sufficiency: lower is better
      } else {
        EXPECT_LE(group[r].value, group[r - 1].value);
      }
      EXPECT_GT(group[r].p_value, 0);
      EXPECT_LE(group[r].p_value, 1);
    }
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (std::vector<std::string>{"decomposition", "gradient-norm", "occlusion", "random"}));
  }
}

TEST_F(Comparison, ValuesAreMeansOfSingleMeasurementsAndTestsAreThePairedOnes) {
  MeasureOptions options;
  options.bins = Bins::eraser;
  options.method.removal = Removal::erase;
  options.method.seed = 5;
  std::map<std::string, std::vector<double>> values;  // comprehensiveness of each text
  std::map<std::string, double> cost;
  for (const Method* method : methods_) {
    std::vector<Input> inputs;
    for (const ComparedText& text : compared_) inputs.push_back({text.encoding, text.units, {}});
    for (const Attribution& one : unwrap(method->explain(*classifier_, inputs, options.method))) {
      const ComparedText& text = compared_[values[std::string(method->name)].size()];
      const Ranking ranking{text.encoding, text.units, unit_scores(*text.units, one.scores), argmax(one.logits)};
      Predictions predictions(*classifier_, options.method.removal);
      const auto found = faithfulness(predictions, {&ranking, 1}, options.bins);
      values[std::string(method->name)].push_back(found.front().comprehensiveness);
      cost[std::string(method->name)] += one.forward_equivalents;
    }
  }
  const std::vector<FaithfulnessRow> rows = compare(options);
  std::vector<double> raw;
  for (std::size_t r = 0; r < methods_.size(); ++r) {
    const std::vector<double>& own = values[rows[r].method];
    const auto n = static_cast<double>(own.size());
    EXPECT_NEAR(rows[r].value, std::accumulate(own.begin(), own.end(), 0.0) / n, 1e-5);
    EXPECT_NEAR(rows[r].forward_equivalents, cost[rows[r].method] / n, 1e-9);
    EXPECT_NEAR(rows[r].interval.low, bootstrap_mean(own, options.method.seed).low, 1e-5);
    if (r == 0) continue;
    std::vector<double> differences = values[rows[0].method];
    for (std::size_t t = 0; t < own.size(); ++t) differences[t] -= own[t];
    raw.push_back(sign_flip_test(differences, options.method.seed));
  }
  const std::vector<double> corrected = holm(raw);
  for (std::size_t r = 1; r < methods_.size(); ++r) EXPECT_NEAR(rows[r].p_value, corrected[r - 1], 0.002);
}

// As with --explain-precision; another model stands for another precision, which not every CPU has.
TEST_F(Comparison, AnotherMayExplainTheClassThatIsPredicted) {
  const auto explainer = load_tiny_classifier("pooler");
  MeasureOptions options;
  options.explainer = explainer.get();
  std::vector<Input> inputs;
  std::size_t differ = 0;  // texts of which the two predict other classes
  for (const ComparedText& text : compared_) {
    const std::int32_t label = argmax(logits_of(*classifier_, text.encoding->ids));
    differ += argmax(logits_of(*explainer, text.encoding->ids)) != label;
    inputs.push_back({text.encoding, text.units, {.label = label}});
  }
  ASSERT_GT(differ, 0u);
  std::map<std::string, double> sums;  // comprehensiveness
  Predictions predictions(*classifier_, options.method.removal);
  for (const Method* method : methods_) {
    const auto found = unwrap(method->explain(*explainer, inputs, options.method));
    std::vector<Ranking> rankings;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      rankings.push_back({inputs[i].encoding, inputs[i].units, unit_scores(*inputs[i].units, found[i].scores),
                          inputs[i].target.label});
    }
    for (const TextFaithfulness& text : faithfulness(predictions, rankings, options.bins)) {
      sums[std::string(method->name)] += text.comprehensiveness;
    }
  }
  const std::vector<FaithfulnessRow> rows = compare(options);
  for (const FaithfulnessRow& row : std::span(rows).first(methods_.size())) {
    EXPECT_NEAR(row.value, sums[row.method] / static_cast<double>(compared_.size()), 1e-5) << row.method;
  }
}

TEST_F(Comparison, RepeatsBitByBitUnderItsSeed) {
  const std::vector<FaithfulnessRow> first = compare();
  const std::vector<FaithfulnessRow> second = compare();
  for (std::size_t r = 0; r < first.size(); ++r) {
    EXPECT_EQ(first[r].method, second[r].method);
    EXPECT_EQ(first[r].value, second[r].value);
    EXPECT_EQ(first[r].interval.low, second[r].interval.low);
    EXPECT_EQ(first[r].p_value, second[r].p_value);
  }
}

TEST_F(Comparison, CurvesGoFromTheWholeTextToTheEmptyOneAndBack) {
  const MethodComparison found = unwrap(compare_methods(request()));
  ASSERT_EQ(found.curves.size(), methods_.size());
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    const Curves& curves = found.curves[m];
    EXPECT_EQ(curves.method, methods_[m]->name);
    ASSERT_EQ(curves.deletion.size(), kCurvePoints);
    ASSERT_EQ(curves.insertion.size(), kCurvePoints);
    for (const auto& [one, other] :
         {std::pair(&curves.deletion, &curves.insertion), {&curves.insertion, &curves.deletion}}) {
      EXPECT_NEAR(one->front().value, other->back().value, 1e-6);
      EXPECT_EQ(one->front().share, 0);
      EXPECT_EQ(one->back().share, 1);
    }
    // The deciles of comprehensiveness are the curve's points from 10 % on.
    double mean = 0;
    for (std::size_t p = 1; p < kCurvePoints; ++p) mean += curves.deletion.front().value - curves.deletion[p].value;
    const auto row = std::ranges::find_if(found.rows, [&](const FaithfulnessRow& one) {
      return one.method == curves.method && one.measure == "comprehensiveness";
    });
    EXPECT_NEAR(mean / 10, row->value, 1e-6);
  }
}

TEST_F(Comparison, ReportsProgressAndStopsWhenAsked) {
  ComparisonRequest all = request();
  std::size_t steps = 0;
  all.progress = [&](std::size_t more) {
    steps += more;
    return true;
  };
  ASSERT_TRUE(compare_methods(all));
  EXPECT_EQ(steps, compared_.size() * (methods_.size() + measures_.size()));
  EXPECT_EQ(steps, comparison_steps(all));
  all.progress = [](std::size_t) { return false; };
  const auto stopped = compare_methods(all);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

TEST_F(Comparison, NothingToCompareIsAnEmptyTable) {
  EXPECT_TRUE(unwrap(compare_methods({*classifier_, {}, methods_, measures_, options_})).rows.empty());
  EXPECT_TRUE(unwrap(compare_methods({*classifier_, compared_, {}, measures_, options_})).rows.empty());
}

TEST_F(Comparison, AMethodThatRefusesIsAnError) {
  const auto plain = load_tiny_classifier("none");
  const Method* const refused = unwrap(find_method("attention-attribution"));
  const auto found = compare_methods({*plain, compared_, {&refused, 1}, measures_, options_});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace pellucid
