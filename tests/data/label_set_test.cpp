#include <gtest/gtest.h>

#include "data/example.h"

namespace pellucid {
namespace {

using Names = std::vector<std::string>;

LabelSet labels_of(const Names& labels) {
  std::vector<Example> examples;
  for (const std::string& label : labels) examples.push_back({.label = label});
  return LabelSet::of(examples);
}

TEST(LabelSet, SortsNamesByBytes) {
  EXPECT_EQ(labels_of({"World", "Sports", "Sci/Tech", "World", "Business"}).names(),
            (Names{"Business", "Sci/Tech", "Sports", "World"}));
}

TEST(LabelSet, SortsIntegersByValueBeforeNames) {
  EXPECT_EQ(labels_of({"10", "9", "-1", "ten", "2"}).names(), (Names{"-1", "2", "9", "10", "ten"}));
  // What only looks like a number is a name.
  EXPECT_EQ(labels_of({"10", "9.5", "1e1", "9"}).names(), (Names{"9", "10", "1e1", "9.5"}));
  EXPECT_EQ(labels_of({"1", "01"}).names(), (Names{"01", "1"}));
}

TEST(LabelSet, LeavesOutUnlabelledTexts) {
  std::vector<Example> examples(3);
  examples[1].label = "a";
  EXPECT_EQ(LabelSet::of(examples).names(), Names{"a"});
  EXPECT_EQ(LabelSet::of({}).size(), 0u);
}

TEST(LabelSet, FindsIndexAndName) {
  const LabelSet labels(Names{"spam", "ham"});
  EXPECT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels.index("ham"), 1);
  EXPECT_EQ(labels.index("Ham"), std::nullopt);
  EXPECT_EQ(labels.name(0), "spam");
}

}  // namespace
}  // namespace pellucid
