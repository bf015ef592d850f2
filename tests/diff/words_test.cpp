// Words of one text that two tokenizers cut differently, or read to different ends.
#include "diff/words.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace pellucid {
namespace {

using Ranges = std::vector<ByteRange>;

std::vector<std::pair<std::size_t, std::size_t>> pairs(const Ranges& ranges) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (const ByteRange& range : ranges) found.emplace_back(range.begin, range.end);
  return found;
}

TEST(SharedWords, EqualOnesStayAsTheyAre) {
  const Ranges ranges = {{0, 3}, {4, 6}};
  const SharedWords shared = shared_words(ranges, std::vector{1.0, 2.0}, ranges, std::vector{3.0, -1.0});
  EXPECT_EQ(pairs(shared.ranges), pairs(ranges));
  EXPECT_EQ(shared.a, (std::vector{1.0, 2.0}));
  EXPECT_EQ(shared.b, (std::vector{3.0, -1.0}));
}

TEST(SharedWords, WhatOneCutsTheOtherJoins) {
  // A: ab|cd ef|g, B: abcd e|fg
  const Ranges a = {{0, 2}, {2, 4}, {5, 7}, {7, 8}};
  const Ranges b = {{0, 4}, {5, 6}, {6, 8}};
  const SharedWords shared = shared_words(a, std::vector{1.0, 2.0, 3.0, 4.0}, b, std::vector{5.0, 6.0, 7.0});
  EXPECT_EQ(pairs(shared.ranges), pairs({{0, 4}, {5, 8}}));
  EXPECT_EQ(shared.a, (std::vector{3.0, 7.0}));
  EXPECT_EQ(shared.b, (std::vector{5.0, 13.0}));
}

TEST(SharedWords, WhatOneAloneReadIsLeftOut) {
  const Ranges a = {{0, 2}, {3, 5}, {6, 8}};
  const Ranges b = {{3, 5}};
  const SharedWords shared = shared_words(a, std::vector{1.0, 2.0, 3.0}, b, std::vector{4.0});
  EXPECT_EQ(pairs(shared.ranges), pairs({{3, 5}}));
  EXPECT_EQ(shared.a, std::vector{2.0});
  EXPECT_EQ(shared.b, std::vector{4.0});
  EXPECT_TRUE(shared_words({}, {}, b, std::vector{4.0}).ranges.empty());
}

// Two ways to cut the same bytes: all of both is shared, in order, without overlap.
RC_GTEST_PROP(SharedWords, NothingIsLostOrTwice, ()) {
  const auto cut = [] {
    Ranges ranges;
    std::size_t at = 0;
    while (at < 40) {
      const std::size_t end = std::min<std::size_t>(40, at + *rc::gen::inRange<std::size_t>(1, 9));
      ranges.push_back({at, end});
      at = end;
    }
    return ranges;
  };
  const Ranges a = cut();
  const Ranges b = cut();
  const SharedWords shared = shared_words(a, std::vector<double>(a.size(), 1), b, std::vector<double>(b.size(), 1));
  RC_ASSERT(std::accumulate(shared.a.begin(), shared.a.end(), 0.0) == static_cast<double>(a.size()));
  RC_ASSERT(std::accumulate(shared.b.begin(), shared.b.end(), 0.0) == static_cast<double>(b.size()));
  std::size_t at = 0;
  for (const ByteRange& range : shared.ranges) {
    RC_ASSERT(range.begin == at);
    at = range.end;
  }
  RC_ASSERT(at == 40U);
}

}  // namespace
}  // namespace pellucid
