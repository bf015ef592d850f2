// How many units each bin takes, by hand and by its properties.
#include "evaluate/bins.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tiny_model.h"

namespace pellucid {
namespace {

TEST(BinCounts, ByHand) {
  using Counts = std::vector<std::size_t>;
  const auto eraser = [](std::size_t n) { return bin_counts(Bins::eraser, n); };
  const auto deciles = [](std::size_t n) { return bin_counts(Bins::deciles, n); };
  EXPECT_EQ(eraser(1), (Counts{1, 1, 1, 1, 1}));
  EXPECT_EQ(eraser(2), (Counts{1, 1, 1, 1, 1}));
  EXPECT_EQ(eraser(3), (Counts{1, 1, 1, 1, 2}));
  EXPECT_EQ(eraser(7), (Counts{1, 1, 1, 2, 4}));
  EXPECT_EQ(eraser(10), (Counts{1, 1, 1, 2, 5}));
  EXPECT_EQ(eraser(100), (Counts{1, 5, 10, 20, 50}));
  EXPECT_EQ(eraser(101), (Counts{2, 6, 11, 21, 51}));
  EXPECT_EQ(deciles(1), (Counts{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(deciles(2), (Counts{1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));
  EXPECT_EQ(deciles(3), (Counts{1, 1, 1, 2, 2, 2, 3, 3, 3, 3}));
  EXPECT_EQ(deciles(7), (Counts{1, 2, 3, 3, 4, 5, 5, 6, 7, 7}));
  EXPECT_EQ(deciles(10), (Counts{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));  // 0.7 · 10 in floats is above 7
  EXPECT_EQ(deciles(100), (Counts{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(bin_counts(Bins::curve, 1), Counts{1});
  EXPECT_EQ(bin_counts(Bins::curve, 3), (Counts{1, 2, 3}));
  for (const std::size_t n : {7, 10, 100}) {
    const Counts curve = bin_counts(Bins::curve, n);
    ASSERT_EQ(curve.size(), n);
    for (std::size_t k = 0; k < n; ++k) EXPECT_EQ(curve[k], k + 1);
  }
}

RC_GTEST_PROP(BinCounts, AscendFromOneToAllAtMost, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 5000);
  for (const Bins bins : {Bins::eraser, Bins::deciles, Bins::curve}) {
    const std::vector<std::size_t> counts = bin_counts(bins, n);
    RC_ASSERT(std::ranges::is_sorted(counts));
    RC_ASSERT(counts.front() >= 1 && counts.back() <= n);
    if (bins != Bins::eraser) RC_ASSERT(counts.back() == n);
  }
}

TEST(Bins, NamesReadBackAndAnUnknownOneIsAnError) {
  for (const Bins bins : {Bins::eraser, Bins::deciles, Bins::curve}) {
    EXPECT_EQ(unwrap(bins_from_name(name_of(bins))), bins);
  }
  const auto found = bins_from_name("percentiles");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "expected bins: one of eraser, deciles, curve; found 'percentiles'");
}

}  // namespace
}  // namespace pellucid
