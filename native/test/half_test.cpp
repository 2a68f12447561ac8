#include "core/sound/half.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace cochlea::test {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// What a format means, by its definition.
struct Format {
  HalfFormat format;
  int mantissa_bits;
  int bias;
  uint32_t infinity;

  // Of bits without a sign, up to those of infinity, which count as the next number after the largest.
  double value(uint32_t bits) const {
    const uint32_t mantissa = bits & ((1u << mantissa_bits) - 1);
    const int exponent = static_cast<int>(bits >> mantissa_bits);
    const double one = static_cast<double>(1u << mantissa_bits);
    if (exponent == 0) return std::ldexp(mantissa / one, 1 - bias);
    return std::ldexp(1 + mantissa / one, exponent - bias);
  }
};

constexpr std::array<Format, 2> kFormats = {
    {{HalfFormat::kFloat16, 10, 15, 0x7c00}, {HalfFormat::kBfloat16, 7, 127, 0x7f80}}};

// Converted twice: among others, where vectors are used, and alone.
uint16_t converted(float value, HalfFormat format) {
  const std::array<float, 17> from = [&] {
    std::array<float, 17> filled;
    filled.fill(value);
    return filled;
  }();
  std::array<uint16_t, 17> to;
  to_half(from, format, to);
  for (const uint16_t bits : to) EXPECT_EQ(bits, to[0]) << value;
  uint16_t alone = 0;
  to_half({&value, 1}, format, {&alone, 1});
  EXPECT_EQ(alone, to[0]) << value;
  return alone;
}

void expect(float value, uint32_t bits, HalfFormat format) {
  ASSERT_EQ(converted(value, format), bits) << std::hexfloat << value;
  ASSERT_EQ(converted(-value, format), bits | 0x8000) << std::hexfloat << -value;
}

}  // namespace

class Half : public testing::TestWithParam<Format> {};

TEST_P(Half, EveryNumberStaysItselfAndTheMiddleBetweenTwoGoesToTheEvenOne) {
  const Format& format = GetParam();
  for (uint32_t bits = 0; bits < format.infinity; ++bits) {
    const auto here = static_cast<float>(format.value(bits));
    const double middle = (format.value(bits) + format.value(bits + 1)) / 2;
    expect(here, bits, format.format);
    if (middle > std::numeric_limits<float>::max()) continue;
    const auto tie = static_cast<float>(middle);
    // The smallest bfloat16 is so small that a float has no middle between it and zero, nor what is next to it.
    if (static_cast<double>(tie) != middle) continue;
    expect(tie, bits + (bits & 1), format.format);
    expect(std::nextafter(tie, 0.0f), bits, format.format);
    expect(std::nextafter(tie, kInfinity), bits + 1, format.format);
    if (HasFatalFailure()) return;
  }
}

TEST_P(Half, WhatIsTooLargeIsInfinite) {
  const Format& format = GetParam();
  expect(std::numeric_limits<float>::max(), format.infinity, format.format);
  expect(kInfinity, format.infinity, format.format);
}

TEST_P(Half, NaNStaysAQuietNaNWithItsSign) {
  const Format& format = GetParam();
  const uint32_t quiet = format.infinity | 1u << (format.mantissa_bits - 1);
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) {
    uint32_t bits = static_cast<uint32_t>(random()) | 0x7f800000;
    if ((bits & 0x7fffff) == 0) bits |= 1;
    const uint16_t half = converted(std::bit_cast<float>(bits), format.format);
    EXPECT_EQ(half & quiet, quiet);
    EXPECT_EQ(half & 0x8000u, (bits >> 16) & 0x8000u);
  }
}

TEST_P(Half, AnyFloatBecomesTheNearest) {
  const Format& format = GetParam();
  std::mt19937 random(2);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()) & 0x7fffffff);
    if (!std::isfinite(value)) continue;
    const uint32_t bits = converted(value, format.format);
    ASSERT_LE(bits, format.infinity);
    const double error = std::abs(format.value(bits) - value);
    if (bits > 0) {
      ASSERT_LE(error, std::abs(format.value(bits - 1) - value)) << value;
    }
    if (bits < format.infinity) {
      ASSERT_LE(error, std::abs(format.value(bits + 1) - value)) << value;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Half, testing::ValuesIn(kFormats), [](const testing::TestParamInfo<Format>& info) {
  return info.param.format == HalfFormat::kFloat16 ? "float16" : "bfloat16";
});

}  // namespace cochlea::test
