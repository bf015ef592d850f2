// Verdicts on single explanations, and what is measured of them: against slow computations, tables of textbooks and
// models whose right explanation is known.
#include "evaluate/quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "additive.h"
#include "evaluate/correlation.h"
#include "evaluate/faithfulness.h"
#include "evaluate/quality_study.h"

namespace pellucid {
namespace {

TEST(Verdict, FollowsItsThresholds) {
  Quality good{.random_percentile = 95, .completeness_error = 0.001, .agreement = 0.3};
  EXPECT_EQ(verdict_of(good), Verdict::ok);
  const auto changed = [&](auto member, auto value) {
    Quality quality = good;
    quality.*member = value;
    return verdict_of(quality);
  };
  EXPECT_EQ(changed(&Quality::random_percentile, std::optional(90.0)), Verdict::ok);
  EXPECT_EQ(changed(&Quality::random_percentile, std::optional(89.0)), Verdict::weak);
  EXPECT_EQ(changed(&Quality::random_percentile, std::optional(50.0)), Verdict::weak);
  EXPECT_EQ(changed(&Quality::random_percentile, std::optional(49.0)), Verdict::suspect);
  EXPECT_EQ(changed(&Quality::random_percentile, std::optional<double>()), Verdict::ok);
  EXPECT_EQ(changed(&Quality::completeness_error, std::optional(0.06)), Verdict::suspect);
  EXPECT_EQ(changed(&Quality::completeness_error, std::optional(std::nan(""))), Verdict::suspect);
  EXPECT_EQ(changed(&Quality::completeness_error, std::optional<double>()), Verdict::ok);
  EXPECT_EQ(changed(&Quality::agreement, std::optional(-0.1)), Verdict::weak);
  EXPECT_EQ(changed(&Quality::agreement, std::optional<double>()), Verdict::ok);
  EXPECT_EQ(name_of(Verdict::ok), "ok");
  EXPECT_EQ(name_of(Verdict::weak), "weak");
  EXPECT_EQ(name_of(Verdict::suspect), "suspect");
}

// The sizes agree in every pair; only one of the two knows signs.
TEST(RankAgreement, IsOfSizesWhereOneOfTheTwoHasNoSigns) {
  const Method& norm = *unwrap(find_method("gradient-norm"));
  const Method& decomposition = *unwrap(find_method("decomposition"));
  const std::vector<double> sizes = {3, 2, 1};
  const std::vector<double> scores = {-3, 2, 1};
  EXPECT_DOUBLE_EQ(rank_agreement(norm, sizes, decomposition, scores), 1);
  EXPECT_DOUBLE_EQ(rank_agreement(decomposition, scores, norm, sizes), 1);
  EXPECT_DOUBLE_EQ(rank_agreement(decomposition, scores, *unwrap(find_method("occlusion")), sizes), -1.0 / 3);
}

TEST(CheapMethods, TakeTwoPassesAtMostAndLeaveOutTheControl) {
  const auto classifier = load_tiny_classifier("top");
  const auto cheap = unwrap(cheap_methods(*classifier));
  const auto has = [&](std::string_view name) { return std::ranges::find(cheap, name, &Method::name) != cheap.end(); };
  EXPECT_TRUE(has("decomposition"));
  EXPECT_TRUE(has("gradient-x-input"));
  EXPECT_FALSE(has("random"));
  EXPECT_FALSE(has("integrated-gradients"));
  EXPECT_FALSE(has("occlusion"));
}

TEST(Quality, IsMeasuredAsDefinedAloneAndInCompany) {
  const auto classifier = load_tiny_classifier("top");
  const TinyInputs texts(*classifier, tiny_texts(20));
  const std::vector<Input> inputs = texts.inputs({.label = 1});
  const Method& method = *unwrap(find_method("decomposition"));
  const Method* other = unwrap(find_method("gradient-x-input"));
  QualityOptions options{.method = {.seed = 8}, .random_orders = 7, .others = {other, &method}};
  const auto found = unwrap(method.explain(*classifier, inputs, {}));
  const auto second = unwrap(other->explain(*classifier, inputs, {}));
  const auto together = unwrap(qualities(method, *classifier, inputs, found, options));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_EQ(together[i].has_value(), !texts.units[i].ranges.empty());
    if (!together[i]) continue;
    const auto alone = unwrap(
        qualities(method, *classifier, std::span(inputs).subspan(i, 1), std::span(found).subspan(i, 1), options));
    EXPECT_NEAR(alone[0]->comprehensiveness, together[i]->comprehensiveness, 1e-5);
    EXPECT_NEAR(alone[0]->sufficiency, together[i]->sufficiency, 1e-5);
    const std::vector<double> scores = unit_scores(texts.units[i], found[i].scores);
    ASSERT_EQ(together[i]->random_percentile.has_value(), scores.size() >= 4);
    if (scores.size() >= 4) {  // a tie may break
      EXPECT_NEAR(*alone[0]->random_percentile, *together[i]->random_percentile, 50.0 / 7 + 1e-9);
    }
    double sum = 0;
    for (const double score : scores) sum += std::abs(score);
    EXPECT_DOUBLE_EQ(*together[i]->completeness_error, std::abs(found[i].residual) / sum);
    const Ranking ranking{&texts.encodings[i], &texts.units[i], scores, 1};
    Predictions predictions(*classifier, Removal::mask);
    const TextFaithfulness expected = faithfulness(predictions, {&ranking, 1}, Bins::deciles).front();
    EXPECT_NEAR(together[i]->comprehensiveness, expected.comprehensiveness, 1e-5);
    EXPECT_NEAR(together[i]->sufficiency, expected.sufficiency, 1e-5);
    EXPECT_LT(*together[i]->completeness_error, 0.01);
    EXPECT_NEAR(*together[i]->agreement, kendall_tau(scores, unit_scores(texts.units[i], second[i].scores)), 1e-12);
    EXPECT_EQ(together[i]->verdict, verdict_of(*together[i]));
  }
}

TEST(Quality, OfAnAdditiveModelTheRightOrderIsBetterThanRandomAndTheReverseWorse) {
  Additive classifier;
  const TinyInputs texts(classifier, {"film the plot of season team oil", "not very good film price rise bank"});
  const std::vector<Input> inputs = texts.inputs({.label = 0});
  const Method& occlusion = *unwrap(find_method("occlusion"));
  std::vector<Attribution> found = unwrap(occlusion.explain(classifier, inputs, {}));
  for (const auto& quality : unwrap(qualities(occlusion, classifier, inputs, found, {.others = {}}))) {
    EXPECT_GE(*quality->random_percentile, 95);
    EXPECT_EQ(quality->verdict, Verdict::ok);
    EXPECT_FALSE(quality->completeness_error.has_value());
    EXPECT_FALSE(quality->agreement.has_value());
  }
  for (Attribution& one : found) {
    for (double& score : one.scores) score = -score;
  }
  for (const auto& quality : unwrap(qualities(occlusion, classifier, inputs, found, {.others = {}}))) {
    EXPECT_LE(*quality->random_percentile, 5);
    EXPECT_EQ(quality->verdict, Verdict::suspect);
  }
}

TEST(FisherExact, OfTextbookTables) {
  EXPECT_NEAR(fisher_exact(3, 1, 1, 3), 34.0 / 70, 1e-9);              // Fisher's tea
  EXPECT_NEAR(fisher_exact(1, 9, 11, 3), 0.002759456185220088, 1e-9);  // scipy.stats.fisher_exact's own example
  EXPECT_NEAR(fisher_exact(0, 5, 0, 7), 1, 1e-9);
  EXPECT_NEAR(fisher_exact(0, 0, 3, 4), 1, 1e-9);
}

TEST(WilsonInterval, ByHandAndAtTheEnds) {
  const Interval half = wilson_interval(5, 10);
  EXPECT_NEAR(half.low, 0.2365931, 1e-6);
  EXPECT_NEAR(half.high, 0.7634069, 1e-6);
  EXPECT_EQ(wilson_interval(0, 10).low, 0);
  EXPECT_NEAR(wilson_interval(0, 10).high, 0.2775328, 1e-6);
  EXPECT_EQ(wilson_interval(0, 0).high, 1);
  for (std::size_t n = 1; n <= 500; ++n) {
    EXPECT_EQ(wilson_interval(0, n).low, 0) << n;
    EXPECT_EQ(wilson_interval(n, n).high, 1) << n;
  }
}

TEST(AurocBelow, CountsPairs) {
  const std::vector<double> values = {0.1, 0.4, 0.35, 0.8};
  EXPECT_EQ(auroc_below(values, {true, true, false, false}), 0.75);
  EXPECT_EQ(auroc_below(std::vector<double>{1, 1}, {true, false}), 0.5);
  EXPECT_TRUE(std::isnan(auroc_below(values, std::vector<bool>(4, false))));
}

TEST(QualityStudy, CountsErrorsByVerdict) {
  std::vector<JudgedText> texts;
  const auto add = [&](Verdict verdict, bool wrong, double confidence) {
    Quality quality{.random_percentile = confidence * 100, .agreement = 0, .verdict = verdict};
    texts.push_back({quality, confidence, wrong});
  };
  for (int i = 0; i < 20; ++i) add(Verdict::ok, i == 0, 0.9);
  for (int i = 0; i < 4; ++i) add(Verdict::weak, i < 2, 0.6);
  for (int i = 0; i < 6; ++i) add(Verdict::suspect, i < 5, 0.3);
  const QualityStudy study = study_quality("decomposition", texts, 1);
  ASSERT_EQ(study.verdicts.size(), 3U);
  EXPECT_EQ(study.verdicts[0].n, 20U);
  EXPECT_EQ(study.verdicts[0].wrong, 1U);
  EXPECT_DOUBLE_EQ(study.verdicts[1].error_rate, 0.5);
  EXPECT_EQ(study.verdicts[2].wrong, 5U);
  EXPECT_NEAR(study.p_value, fisher_exact(1, 19, 7, 3), 1e-12);
  EXPECT_LT(study.p_value, 0.01);
  EXPECT_EQ(study.warnings[0].quantity, "confidence");
  EXPECT_NEAR(study.warnings[0].auroc, 157.0 / 176, 1e-12);  // pairs counted by hand
  EXPECT_EQ(study.warnings[3].auroc, 0.5);
  const QualityStudy nothing = study_quality("decomposition", {}, 1);
  EXPECT_EQ(nothing.p_value, 1);
  EXPECT_EQ(nothing.verdicts[0].n, 0U);
}

}  // namespace
}  // namespace pellucid
