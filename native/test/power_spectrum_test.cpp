#include "core/features/power_spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "sounds.h"

namespace cochlea::test {

namespace {

// By definition, in long double.
long double power(const std::vector<float>& samples, size_t bin) {
  long double real = 0;
  long double imaginary = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto turn = static_cast<long double>(i * bin % samples.size()) / static_cast<long double>(samples.size());
    const long double angle = 2 * std::numbers::pi_v<long double> * turn;
    real += samples[i] * std::cos(angle);
    imaginary -= samples[i] * std::sin(angle);
  }
  return real * real + imaginary * imaginary;
}

}  // namespace

class PowerSpectrumOf : public testing::TestWithParam<size_t> {};

TEST_P(PowerSpectrumOf, TwoFramesIsThatOfEachByDefinition) {
  const size_t length = GetParam();
  const std::vector<float> left = noise(length, 1);
  const std::vector<float> right = noise(length, 2);
  const PowerSpectrum spectrum(length);
  std::vector<Pair> frame(length);
  for (size_t i = 0; i < length; ++i) frame[i] = Pair{left[i], right[i]};
  std::vector<Pair> powers(spectrum.bins());
  spectrum.compute(frame, powers);
  ASSERT_EQ(spectrum.bins(), length / 2 + 1);
  // Of noise in ±1 a bin has a power of some length / 3.
  const double tolerance = 1e-13 * static_cast<double>(length);
  for (size_t bin = 0; bin < spectrum.bins(); ++bin) {
    EXPECT_NEAR(powers[bin][0], static_cast<double>(power(left, bin)), tolerance) << bin;
    EXPECT_NEAR(powers[bin][1], static_cast<double>(power(right, bin)), tolerance) << bin;
  }
}

// Whisper's; powers of two; the shortest; a large prime.
INSTANTIATE_TEST_SUITE_P(Lengths, PowerSpectrumOf, testing::Values(400, 512, 2, 4, 2 * 199));

TEST(PowerSpectrum, AFrameGetsTheSameBitsInEitherLane) {
  const std::vector<float> samples = noise(400, 3);
  const std::vector<float> other = noise(400, 4);
  const PowerSpectrum spectrum(400);
  std::vector<Pair> one(400), two(400), first(201), second(201);
  for (size_t i = 0; i < 400; ++i) {
    one[i] = Pair{samples[i], other[i]};
    two[i] = Pair{0, samples[i]};
  }
  spectrum.compute(one, first);
  spectrum.compute(two, second);
  for (size_t bin = 0; bin < 201; ++bin) EXPECT_EQ(first[bin][0], second[bin][1]) << bin;
}

}  // namespace cochlea::test
