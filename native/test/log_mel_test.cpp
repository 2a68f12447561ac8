#include "core/features/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

// A small front end: every case that Whisper's has, in a fraction of the time.
constexpr size_t kFft = 40;
constexpr size_t kHop = 16;
constexpr size_t kMels = 5;
constexpr size_t kBins = kFft / 2 + 1;
constexpr double kFloor = 1e-10;

struct Tables {
  std::vector<double> window = std::vector<double>(kFft);
  std::vector<double> filters = std::vector<double>(kMels * kBins);

  Tables() {
    for (size_t i = 0; i < kFft; ++i) {
      window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kFft);
    }
    // Triangles that overlap; the last filter has no weight at all, as some of Whisper's would with a shorter
    // transform.
    for (size_t mel = 0; mel + 1 < kMels; ++mel) {
      for (size_t i = 0; i < 7; ++i)
        filters[mel * kBins + 4 * mel + i] = 0.1 * static_cast<double>(1 + std::min(i, 6 - i));
    }
  }

  LogMelSpec spec() const {
    return {.n_fft = kFft,
            .hop_length = kHop,
            .mels = kMels,
            .window = window,
            .filters = filters,
            .floor = kFloor,
            .range = 8,
            .offset = 4,
            .scale = 4};
  }
};

// The description in lib/features/spec.ts, word by word: nothing is left out, and nothing is fast.
std::vector<float> by_definition(const std::vector<float>& samples, size_t length, const Tables& tables) {
  std::vector<double> padded(samples.begin(), samples.end());
  padded.resize(length, 0.0);
  const auto at = [&](ptrdiff_t position) {
    const auto end = static_cast<ptrdiff_t>(length);
    while (position < 0 || position >= end) {
      if (length == 1) return padded[0];
      position = position < 0 ? -position : 2 * (end - 1) - position;
    }
    return padded[static_cast<size_t>(position)];
  };
  const size_t frames = length / kHop;
  std::vector<double> logarithms(kMels * frames);
  for (size_t frame = 0; frame < frames; ++frame) {
    std::vector<double> power(kBins);
    for (size_t bin = 0; bin < kBins; ++bin) {
      double real = 0;
      double imaginary = 0;
      for (size_t i = 0; i < kFft; ++i) {
        const double sample = at(static_cast<ptrdiff_t>(frame * kHop + i) - static_cast<ptrdiff_t>(kFft / 2));
        const double angle = 2 * std::numbers::pi * static_cast<double>(bin * i % kFft) / kFft;
        real += sample * tables.window[i] * std::cos(angle);
        imaginary += sample * tables.window[i] * std::sin(angle);
      }
      power[bin] = real * real + imaginary * imaginary;
    }
    for (size_t mel = 0; mel < kMels; ++mel) {
      double energy = 0;
      for (size_t bin = 0; bin < kBins; ++bin) energy += tables.filters[mel * kBins + bin] * power[bin];
      logarithms[mel * frames + frame] = std::log10(std::max(energy, kFloor));
    }
  }
  const double greatest = *std::max_element(logarithms.begin(), logarithms.end());
  std::vector<float> features;
  for (const double logarithm : logarithms) {
    features.push_back(static_cast<float>((std::max(logarithm, greatest - 8) + 4) / 4));
  }
  return features;
}

std::vector<float> features(const std::vector<float>& samples, size_t length, const Tables& tables) {
  const LogMel log_mel(tables.spec());
  // What nobody wrote would show.
  std::vector<float> to(kMels * log_mel.frames(length), -99.0f);
  log_mel.compute(Clip(samples, {"audio", length, false}), to, Cancellation());
  return to;
}

void expect_near(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 5e-7) << i;
}

}  // namespace

TEST(LogMel, IsItsDefinitionForClipsOfEveryLength) {
  const Tables tables;
  constexpr size_t kLength = 640;
  // Blocks are of 16 frames, pairs of two: every remainder, and every way to end before and in the last half frame.
  for (size_t count = 1; count <= kLength; ++count) {
    const std::vector<float> samples = noise(count, static_cast<uint32_t>(count));
    expect_near(features(samples, kLength, tables), by_definition(samples, kLength, tables));
    if (HasFatalFailure()) FAIL() << count << " samples";
  }
}

TEST(LogMel, IsItsDefinitionWithoutPaddingAlsoWhereTheReflectionGoesBackAndForth) {
  const Tables tables;
  for (size_t count = 1; count <= 200; ++count) {
    const std::vector<float> samples = noise(count, static_cast<uint32_t>(count));
    if (count < kHop) {
      EXPECT_TRUE(features(samples, count, tables).empty());
      continue;
    }
    expect_near(features(samples, count, tables), by_definition(samples, count, tables));
    if (HasFatalFailure()) FAIL() << count << " samples";
  }
}

TEST(LogMel, KeepsEightDecadesBelowTheGreatestOfTheClip) {
  const Tables tables;
  std::vector<float> samples = noise(640, 1);
  for (size_t i = 0; i < 320; ++i) samples[i] *= 1e-6f;
  const std::vector<float> result = features(samples, 640, tables);
  expect_near(result, by_definition(samples, 640, tables));
  const auto [least, greatest] = std::minmax_element(result.begin(), result.end());
  EXPECT_FLOAT_EQ(*greatest - *least, 2);
}

TEST(LogMel, SilenceIsTheFloor) {
  const Tables tables;
  for (const float feature : features(std::vector<float>(300), 640, tables)) EXPECT_EQ(feature, -1.5f);
}

TEST(LogMel, TheLargestFloatsGiveFiniteFeatures) {
  const Tables tables;
  for (const float feature : features(std::vector<float>(640, std::numeric_limits<float>::max()), 640, tables)) {
    EXPECT_TRUE(std::isfinite(feature));
  }
}

TEST(LogMel, StopsWhenCancelled) {
  const Tables tables;
  const std::vector<float> samples = noise(640, 1);
  std::vector<float> to(kMels * 40);
  Cancellation cancellation;
  cancellation.cancel();
  const LogMel log_mel(tables.spec());
  const AudioError error = error_of([&] { log_mel.compute(Clip(samples, {"audio", 640, false}), to, cancellation); });
  EXPECT_EQ(error.code(), ErrorCode::kAborted);
}

TEST(Clip, NonFiniteSamplesAreNamed) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (size_t place = 0; place < 20; ++place) {
    for (const float bad : {kNaN, kInfinity, -kInfinity}) {
      std::vector<float> samples(20, std::numeric_limits<float>::max());
      samples[place] = bad;
      const AudioError error = error_of([&] { Clip(samples, {"audio[3]", 20, false}); });
      EXPECT_EQ(error.code(), ErrorCode::kNonFinite);
      EXPECT_EQ(std::string(error.what()),
                "sample " + std::to_string(place) + " of audio[3] is " + (std::isnan(bad) ? "NaN" : "infinite"));
    }
  }
}

TEST(Clip, NormalizedSamplesHaveZeroMeanAndUnitVarianceAndTheirZerosStayZeros) {
  std::vector<float> samples = noise(10'001, 1);
  for (float& sample : samples) sample = 0.3f * sample + 0.2f;
  std::vector<float> to(12'000, 9.0f);
  Clip(samples, {"audio", to.size(), true}).copy(to);
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    sum += to[i];
    squares += to[i] * to[i];
  }
  EXPECT_NEAR(sum / 10'001, 0, 1e-6);
  EXPECT_NEAR(squares / 10'001, 1, 1e-5);
  EXPECT_TRUE(std::all_of(to.begin() + 10'001, to.end(), [](float sample) { return sample == 0; }));
}

TEST(Clip, AConstantSignalIsNormalizedToZeros) {
  std::vector<float> to(10, 9.0f);
  Clip(std::vector<float>(10, 0.5f), {"audio", 10, true}).copy(to);
  EXPECT_EQ(to, std::vector<float>(10));
}

}  // namespace cochlea::test
