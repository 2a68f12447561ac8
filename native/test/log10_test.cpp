#include "core/features/log10.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace cochlea::test {

namespace {

// Against the C library in long double, which is exact to 19 digits.
double error(double x) {
  const long double exact = std::log10(static_cast<long double>(x));
  const long double allowed = 2e-14L + 2e-16L * std::abs(exact);
  return static_cast<double>(std::abs(fast_log10(x) - exact) / allowed);
}

}  // namespace

TEST(Log10, IsWithinItsBoundOfTheExactValueForEveryMagnitude) {
  std::mt19937_64 random(1);
  double worst = 0;
  for (int exponent = -1022; exponent < 1024; ++exponent) {
    for (int i = 0; i < 500; ++i) {
      const double mantissa = 1 + static_cast<double>(random() >> 12) * 0x1p-52;
      worst = std::max(worst, error(std::ldexp(mantissa, exponent)));
    }
  }
  EXPECT_LE(worst, 1);
}

TEST(Log10, IsWithinItsBoundWhereTheExponentChangesAndAtTheEnds) {
  const double root = std::sqrt(0.5);
  for (const double x : {root, std::nextafter(root, 0), std::nextafter(root, 1), 2 * root, std::nextafter(2 * root, 0),
                         1.0, std::nextafter(1.0, 0), std::nextafter(1.0, 2), 1e-10, 1e-16, 1e10,
                         std::numeric_limits<double>::min(), std::numeric_limits<double>::max()}) {
    EXPECT_LE(error(x), 1) << x;
  }
  EXPECT_EQ(fast_log10(1), 0);
}

}  // namespace cochlea::test
