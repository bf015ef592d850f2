// Verdicts on claims.
#include "study/claim.h"

#include <gtest/gtest.h>

namespace pellucid::study {
namespace {

Verdict verdict(Relation relation, double margin, double low, double high, const std::vector<double>& of_seeds) {
  const Claim claim{.says = {}, .at = {}, .than = {}, .relation = relation, .margin = margin};
  return verdict_on(claim, {.value = (low + high) / 2, .interval = {low, high}, .of_seeds = of_seeds});
}

TEST(Claim, IsConfirmedWhereIntervalAndEverySeedAreAsClaimed) {
  EXPECT_EQ(verdict(Relation::below, 0, -0.03, -0.01, {-0.02, -0.01}), Verdict::confirmed);
  EXPECT_EQ(verdict(Relation::below, 0.02, -0.03, -0.01, {-0.02, -0.03}), Verdict::undecided) << "by more than 0.02";
  EXPECT_EQ(verdict(Relation::below, 0, -0.03, 0.01, {-0.02, -0.01}), Verdict::undecided);
  EXPECT_EQ(verdict(Relation::below, 0, -0.03, -0.01, {-0.05, 0.01}), Verdict::undecided) << "a seed says otherwise";
  EXPECT_EQ(verdict(Relation::above, 0.01, 0.02, 0.05, {0.02, 0.03}), Verdict::confirmed);
  EXPECT_EQ(verdict(Relation::near, 0.01, -0.005, 0.009, {0.001, -0.002}), Verdict::confirmed);
}

TEST(Claim, IsRefutedWhereNeitherIntervalNorAnySeedIsAsClaimed) {
  EXPECT_EQ(verdict(Relation::below, 0, 0.01, 0.03, {0.01, 0.03}), Verdict::refuted);
  EXPECT_EQ(verdict(Relation::below, 0, 0.01, 0.03, {-0.01, 0.05}), Verdict::undecided) << "a seed says otherwise";
  EXPECT_EQ(verdict(Relation::below, 0, 0, 0, {0, 0}), Verdict::refuted) << "nothing changed at all";
  EXPECT_EQ(verdict(Relation::above, 0.02, 0.005, 0.015, {0.01, 0.01}), Verdict::refuted) << "more, but not by 0.02";
  EXPECT_EQ(verdict(Relation::near, 0.01, -0.05, -0.02, {-0.03, -0.04}), Verdict::refuted);
  EXPECT_EQ(verdict(Relation::near, 0.01, -0.05, 0.02, {-0.03, 0.02}), Verdict::undecided);
}

TEST(Measures, HaveTheirNames) {
  for (const NamedMeasure& one : named_measures()) {
    EXPECT_EQ(find_measure(one.name), one.measure);
    EXPECT_EQ(name_of(one.measure), one.name);
  }
  EXPECT_FALSE(find_measure("beauty"));
}

}  // namespace
}  // namespace pellucid::study
