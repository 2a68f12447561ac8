// The decimal logarithm, in a form that the compiler turns into vector instructions.
#pragma once

#include <bit>
#include <cstdint>

namespace cochlea {

// Note [Logarithms]
// A clip of 30 s has 384,000 logarithms: std::log10 alone, a call for each, would take longer than all the
// transforms. x = 2^e m with m in [√½, √2), and with s = (m - 1) / (m + 1), at most 0.172,
//   ln m = 2 (s + s³/3 + s⁵/5 + …)
// cut after s¹⁵/15, which leaves 1e-14. No branch, no table, no conversion that SSE2 lacks.
// Of normal positive numbers, within 2e-14 + 2e-16 |log10 x| of the exact value: log10_test.cpp measures it.
inline double fast_log10(double x) {
  // Of √½: where the mantissa of x is at least that of √½, subtracting carries into the exponent as wanted.
  constexpr uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;
  const uint64_t shifted = std::bit_cast<uint64_t>(x) - kRootHalf;
  const double m = std::bit_cast<double>((shifted & kMantissa) + kRootHalf);
  // The exponent, which may be negative, as a double: put into the mantissa of 2^52, offset by 2048.
  constexpr uint64_t kInteger = 0x4330000000000000;
  const uint64_t exponent = ((shifted >> 52) + 2048) & 4095;
  const double e = std::bit_cast<double>(exponent | kInteger) - (4503599627370496.0 + 2048);

  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  const double series =
      s * s2 *
      (1.0 / 3 + s2 * (1.0 / 5 + s2 * (1.0 / 7 + s2 * (1.0 / 9 + s2 * (1.0 / 11 + s2 * (1.0 / 13 + s2 / 15))))));
  constexpr double kTwoOverLn10 = 0.86858896380650365530;
  constexpr double kLog10Of2 = 0.30102999566398119521;
  return e * kLog10Of2 + kTwoOverLn10 * (s + series);
}

}  // namespace cochlea
