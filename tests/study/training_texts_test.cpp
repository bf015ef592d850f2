// Changed training texts: exactly as many as asked for, seeded, and larger changes hold the smaller ones.
#include "study/training_texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace pellucid::study {
namespace {

std::vector<Example> texts(std::size_t n) {
  std::vector<Example> all;
  const char* labels[] = {"a", "b", "b", "c", "c"};
  for (std::size_t i = 0; i < n; ++i) all.push_back({.id = std::to_string(i), .text = "t", .label = labels[i % 5]});
  return all;
}

std::map<std::string, std::size_t> counts(const std::vector<Example>& all) {
  std::map<std::string, std::size_t> found;
  for (const Example& one : all) ++found[*one.label];
  return found;
}

std::set<std::string> ids(const std::vector<Example>& all) {
  std::set<std::string> found;
  for (const Example& one : all) found.insert(one.id);
  return found;
}

TEST(TrainingTexts, TheMinorityIsDividedTheOthersStay) {
  const auto all = texts(500);
  for (const double ratio : {1.0, 2.0, 4.0, 8.0, 16.0}) {
    auto found = counts(with_minority(all, "b", ratio, 3));
    EXPECT_EQ(found["b"], static_cast<std::size_t>(std::round(200 / ratio))) << ratio;
    EXPECT_EQ(found["a"], 100U);
    EXPECT_EQ(found["c"], 200U);
  }
  EXPECT_EQ(ids(with_minority(all, "b", 1, 3)), ids(all));
  EXPECT_EQ(counts(with_minority(all, "b", 1e6, 3))["b"], 1U) << "one at least";
  const auto four = ids(with_minority(all, "b", 4, 3));
  const auto two = ids(with_minority(all, "b", 2, 3));
  EXPECT_TRUE(std::ranges::includes(two, four));
  EXPECT_EQ(ids(with_minority(all, "b", 4, 3)), four);
  EXPECT_NE(ids(with_minority(all, "b", 4, 4)), four);
}

TEST(TrainingTexts, NoiseReplacesExactlyItsShareOfLabels) {
  const auto all = texts(500);
  const LabelSet labels = LabelSet::of(all);
  std::vector<std::size_t> before;
  for (const double share : {0.0, 0.1, 0.4, 1.0}) {
    const auto noisy = with_label_noise(all, labels, share, 9);
    std::vector<std::size_t> changed;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (*noisy[i].label != *all[i].label) changed.push_back(i);
      EXPECT_EQ(noisy[i].id, all[i].id);
    }
    EXPECT_EQ(changed.size(), static_cast<std::size_t>(share * 500));
    EXPECT_TRUE(std::ranges::includes(changed, before)) << "more noise holds the less";
    before = changed;
  }
  // The other labels alike: of 200 texts of c, about half become a, half b.
  const auto noisy = with_label_noise(all, labels, 1, 9);
  std::size_t to_a = 0;
  for (std::size_t i = 0; i < all.size(); ++i) to_a += *all[i].label == "c" && *noisy[i].label == "a";
  EXPECT_NEAR(static_cast<double>(to_a), 100, 30);
}

TEST(TrainingTexts, ASmallerSizeIsStratifiedAndWithinTheLarger) {
  const auto all = texts(500);
  const LabelSet labels = LabelSet::of(all);
  const auto some = stratified(all, labels, 50, 1);
  EXPECT_EQ(counts(some), (std::map<std::string, std::size_t>{{"a", 10}, {"b", 20}, {"c", 20}}));
  EXPECT_TRUE(std::ranges::includes(ids(stratified(all, labels, 100, 1)), ids(some)));
  EXPECT_EQ(stratified(all, labels, 500, 1).size(), 500U);
  EXPECT_EQ(stratified(all, labels, 5000, 1).size(), 500U);
}

// A model without the label would call the labels behind it by other numbers.
TEST(TrainingTexts, ASmallerSizeKeepsEveryLabel) {
  auto all = texts(500);
  all.push_back({.id = "500", .text = "t", .label = "aa"});
  EXPECT_EQ(counts(stratified(all, LabelSet::of(all), 50, 1)),
            (std::map<std::string, std::size_t>{{"a", 10}, {"aa", 1}, {"b", 20}, {"c", 20}}));
}

}  // namespace
}  // namespace pellucid::study
