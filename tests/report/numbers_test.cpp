#include "report/numbers.h"

#include <gtest/gtest.h>

#include <limits>

namespace pellucid {
namespace {

TEST(Numbers, SignsAreShownAndZeroHasNone) {
  EXPECT_EQ(with_sign(0.31, 3), "+0.310");
  EXPECT_EQ(with_sign(-0.31, 3), "-0.310");
  EXPECT_EQ(with_sign(-0.0001, 3), "0.000");
  EXPECT_EQ(with_sign(0.0001, 3), "0.000");
  EXPECT_EQ(with_minus_sign("-0.310"), "−0.310");
}

TEST(Numbers, PercentNeverRoundsToCertainty) {
  EXPECT_EQ(percent(0), "0.0%");
  EXPECT_EQ(percent(1), "100.0%");
  EXPECT_EQ(percent(0.0001), "<0.1%");
  EXPECT_EQ(percent(0.9999), ">99.9%");
  EXPECT_EQ(percent(0.9873), "98.7%");
}

TEST(Numbers, SmallResidualsKeepTheirSize) {
  EXPECT_EQ(rounding_error(1.2e-7), "+1.2e-07");
  EXPECT_EQ(rounding_error(-1.2e-7), "-1.2e-07");
  EXPECT_EQ(rounding_error(0), "0.000");
  EXPECT_EQ(rounding_error(0.25), "+0.250");
}

TEST(Numbers, DecimalsFollowTheLargestScore) {
  EXPECT_EQ(decimals_for(4.2), 3);
  EXPECT_EQ(decimals_for(0.02), 4);
  EXPECT_EQ(decimals_for(2e-5), 7);
  EXPECT_EQ(decimals_for(0), 3);
  EXPECT_EQ(decimals_for(std::numeric_limits<double>::infinity()), 3);
}

TEST(Numbers, Groups) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(12800), "12,800");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(counted(0, "entry", "entries"), "0 entries");
  EXPECT_EQ(counted(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(counted(1200, "entry", "entries"), "1,200 entries");
  EXPECT_EQ(p_text(0.0002), "<0.001");
  EXPECT_EQ(p_text(0.25), "0.250");
}

}  // namespace
}  // namespace pellucid
