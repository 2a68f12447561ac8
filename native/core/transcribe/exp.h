// The exponential of float, in a form that the compiler turns into vector instructions.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace cochlea {

// Note [Exponentials]
// A step of Whisper sums the exponentials of 51,865 logits: std::exp, a call for each, would take half a millisecond.
// x = n ln 2 + r with |r| ≤ ½ ln 2; e^r is its Taylor series to r⁷ / 7!, which leaves 2e-8, and 2ⁿ is put into the
// exponent. For -87 ≤ x ≤ 0 within 3e-7 of the exact value, relatively: token_rules_test.cpp measures it. Below -87,
// and of NaN, it is e^-87, 1.6e-38. The sign of x is not looked at. Comparing bits, in place of numbers, keeps branches
// out.
inline float fast_exp(float x) {
  constexpr float kLog2e = 1.44269504f;
  // ln 2 in two parts: n times the first has no rounding.
  constexpr float kLn2High = 0.693359375f;
  constexpr float kLn2Low = -2.12194440e-4f;
  // Added and subtracted, it rounds to a whole number, whose bits are then those of the sum.
  constexpr float kRound = 12582912.0f;
  constexpr int32_t kMagnitude = 0x7fffffff;
  const int32_t magnitude = std::bit_cast<int32_t>(x) & kMagnitude;
  const float clamped = -std::bit_cast<float>(std::min(magnitude, std::bit_cast<int32_t>(87.0f)));
  const float shifted = clamped * kLog2e + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * kLn2High) - n * kLn2Low;
  const float series =
      1 + r * (1 + r * (1.0f / 2 + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720 + r / 5040))))));
  const uint32_t exponent = (std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(kRound) + 127) << 23;
  return series * std::bit_cast<float>(exponent);
}

}  // namespace cochlea
