// Polynomials against the library's functions.
#include "kernels/exponential.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pellucid {
namespace {

TEST(Logarithm, IsThatOfTheLibrary) {
  for (int n = -220; n <= 220; ++n) {
    const float x = std::pow(1.37F, static_cast<float>(n));
    EXPECT_NEAR(log_of(x), std::log(x), 2e-7 * (1 + std::fabs(std::log(x)))) << x;
  }
  EXPECT_EQ(log_of(1.0F), 0.0F);
}

}  // namespace
}  // namespace pellucid
