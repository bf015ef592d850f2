#include "error/error.h"

#include <gtest/gtest.h>

#include <memory>

namespace pellucid {
namespace {

Result<std::unique_ptr<int>> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::format, "odd", "here");
  return std::make_unique<int>(number / 2);
}

Result<int> quarter(int number) {
  PELLUCID_TRY(const std::unique_ptr<int> first, half(number));
  PELLUCID_TRY(const std::unique_ptr<int> second, half(*first));
  return *second;
}

Result<void> check_twice(int number) {
  PELLUCID_CHECK(quarter(number));
  PELLUCID_CHECK(quarter(number / 4));
  return {};
}

TEST(Error, DescribesPlaceAndMessage) {
  EXPECT_EQ(describe({ErrorCode::format, "expected a label, found none", "news.csv:7"}),
            "news.csv:7: expected a label, found none");
  EXPECT_EQ(describe({ErrorCode::usage, "expected two files, found one", ""}), "expected two files, found one");
}

TEST(Error, ExitStatusTellsUsageAndInterruptsApart) {
  EXPECT_EQ(exit_status({ErrorCode::usage, "", ""}), 2);
  EXPECT_EQ(exit_status({ErrorCode::interrupted, "", ""}), 130);
  for (const ErrorCode code : {ErrorCode::not_found, ErrorCode::io, ErrorCode::format, ErrorCode::limit,
                               ErrorCode::unsupported, ErrorCode::numeric}) {
    EXPECT_EQ(exit_status({code, "", ""}), 1);
  }
}

TEST(Error, TryDeclaresOrReturns) {
  EXPECT_EQ(quarter(12).value(), 3);
  for (const int number : {7, 6}) {
    const Result<int> result = quarter(number);
    ASSERT_FALSE(result);
    EXPECT_EQ(describe(result.error()), "here: odd");
  }
}

TEST(Error, CheckReturnsTheFirstError) {
  EXPECT_TRUE(check_twice(16));
  EXPECT_FALSE(check_twice(4));
  EXPECT_FALSE(check_twice(1));
}

}  // namespace
}  // namespace pellucid
