#include "core/encoding/quantise.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "sounds.h"

namespace cochlea::test {

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<int16_t> to16(const std::vector<float>& samples, Quantised* result = nullptr) {
  std::vector<int16_t> to(samples.size());
  const Quantised quantised = quantise(samples, SampleForm::kInt16, to.data(), 1);
  if (result != nullptr) *result = quantised;
  return to;
}

// round(x · 2^(bits-1)) by the C library, in its default mode: halves to even.
int32_t reference(float sample, int bits) {
  const double scale = std::ldexp(1.0, bits - 1);
  const double rounded = std::nearbyint(std::ldexp(static_cast<double>(sample), bits - 1));
  return static_cast<int32_t>(std::fmax(-scale, std::fmin(scale - 1, rounded)));
}

}  // namespace

TEST(Quantise, HalvesGoToTheEvenNeighbour) {
  const float half = 0.5f / 32'768;
  EXPECT_EQ(to16({half, 3 * half, 5 * half, -half, -3 * half, -5 * half}), (std::vector<int16_t>{0, 2, 2, 0, -2, -2}));
}

TEST(Quantise, IsWhatTheCLibraryRounds) {
  ASSERT_EQ(std::fegetround(), FE_TONEAREST);
  std::vector<float> samples = noise(100'000, 1);
  for (float& sample : samples) sample *= 1.25f;
  const std::vector<int16_t> small = to16(samples);
  std::vector<int32_t> large(samples.size());
  quantise(samples, SampleForm::kInt24, large.data(), 1);
  size_t clipped = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(small[i], reference(samples[i], 16)) << samples[i];
    ASSERT_EQ(large[i], reference(samples[i], 24) * 256) << samples[i];
    clipped += std::abs(samples[i]) > 1 ? 1 : 0;
  }
  EXPECT_GT(clipped, 10'000u);
}

TEST(Quantise, WhatDoesNotFitBecomesTheNearestThatDoesAndIsCounted) {
  const std::vector<float> samples = {
      1.0f, 32'767.49f / 32'768, 32'767.5f / 32'768, -1.0f, -1.0f - 0.4f / 32'768, -1.01f, 2.0f, 3.4e38f, -3.4e38f};
  Quantised result;
  EXPECT_EQ(to16(samples, &result),
            (std::vector<int16_t>{32'767, 32'767, 32'767, -32'768, -32'768, -32'768, 32'767, 32'767, -32'768}));
  // +1.0, 32767.5, -1.01, 2.0 and the largest ones.
  EXPECT_EQ(result.clipped, 6u);
  EXPECT_TRUE(result.finite);
}

TEST(Quantise, NonFiniteSamplesAreNoticedInEveryFormat) {
  std::vector<int32_t> to(3);
  for (const SampleForm form : {SampleForm::kInt16, SampleForm::kInt24, SampleForm::kFloat, SampleForm::kClipped}) {
    for (const float bad : {kNaN, -kNaN, kInfinity, -kInfinity}) {
      EXPECT_FALSE(quantise(std::vector<float>{0.5f, bad, 0.25f}, form, to.data(), 1).finite)
          << static_cast<int>(form) << " " << bad;
    }
    EXPECT_TRUE(quantise(std::vector<float>{0.5f, 0.0f, -0.25f}, form, to.data(), 1).finite);
  }
}

TEST(Quantise, FloatsAreClippedWhereACodecWantsThat) {
  std::vector<float> to(4);
  const Quantised result = quantise(std::vector<float>{1.0f, 1.5f, -2.0f, 0.25f}, SampleForm::kClipped, to.data(), 1);
  EXPECT_EQ(to, (std::vector<float>{1.0f, 1.0f, -1.0f, 0.25f}));
  EXPECT_EQ(result.clipped, 2u);
}

TEST(Quantise, ChannelsTakeTurns) {
  std::vector<float> to(6, 9.0f);
  quantise(std::vector<float>{1.5f, 2, 3}, SampleForm::kFloat, to.data(), 2);
  quantise(std::vector<float>{-1, -2, -3}, SampleForm::kFloat, to.data() + 1, 2);
  EXPECT_EQ(to, (std::vector<float>{1.5f, -1, 2, -2, 3, -3}));
}

}  // namespace cochlea::test
