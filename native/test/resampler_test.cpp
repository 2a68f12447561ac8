#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "core/sound/output_stage.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

struct Rates {
  int from;
  int to;
};

struct How {
  Quality quality = Quality::kHigh;
  bool background = false;
};

// Feeds mono `samples` in blocks of `block` frames.
std::vector<float> resample(const std::vector<float>& samples, Rates rates, size_t block, const How& how = {}) {
  SampleBuffer buffer(1, kUnlimited);
  const auto stage = OutputStage::make(rates.from, rates.to, 1, how.quality, how.background, buffer);
  for (size_t at = 0; at < samples.size(); at += block) {
    const size_t count = std::min(block, samples.size() - at);
    std::copy_n(samples.data() + at, count, stage->space(count)[0]);
    stage->commit(count);
  }
  stage->finish();
  buffer.join();
  return {buffer.data(), buffer.data() + buffer.frames()};
}

// libsoxr as librosa calls it: the whole signal at once, then cut or padded to ceil(n · out/in).
std::vector<float> reference(const std::vector<float>& samples, Rates rates, unsigned long recipe = SOXR_HQ) {
  const double ratio = static_cast<double>(rates.to) / rates.from;
  std::vector<float> result(samples.size() * 13 / 2 + 1000);
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(recipe, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  size_t used = 0;
  size_t made = 0;
  EXPECT_EQ(soxr_oneshot(rates.from, rates.to, 1, samples.data(), samples.size(), &used, result.data(), result.size(),
                         &made, &io, &quality, &runtime),
            nullptr);
  EXPECT_EQ(used, samples.size());
  result.resize(made);
  result.resize(static_cast<size_t>(std::ceil(static_cast<double>(samples.size()) * ratio)));
  return result;
}

// Bit for bit: EXPECT_EQ on floats takes -0 for 0.
void expect_identical(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  if (actual.empty()) return;
  ASSERT_EQ(std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(float)), 0);
}

}  // namespace

TEST(Resampler, LengthIsTheCeilingOfTheRatio) {
  struct Case {
    Rates rates;
    size_t frames;
    size_t expected;
  };
  const Case cases[] = {
      {{44'100, 16'000}, 1, 1},
      {{44'100, 16'000}, 2, 1},
      {{44'100, 16'000}, 3, 2},
      {{44'100, 16'000}, 44'099, 16'000},
      {{44'100, 16'000}, 44'100, 16'000},
      {{44'100, 16'000}, 44'101, 16'001},
      {{48'000, 16'000}, 1, 1},
      {{48'000, 16'000}, 3, 1},
      {{48'000, 16'000}, 4, 2},
      {{48'000, 16'000}, 48'000, 16'000},
      {{8'000, 16'000}, 1, 2},
      {{8'000, 16'000}, 12'345, 24'690},
      {{22'050, 16'000}, 22'051, 16'001},
      {{768'000, 1'000}, 1, 1},
      {{1'000, 768'000}, 1, 768},
      {{11'025, 48'000}, 100, 436},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(resample(noise(each.frames, 1), each.rates, 4096).size(), each.expected)
        << each.frames << " frames from " << each.rates.from << " to " << each.rates.to << " Hz";
  }
}

TEST(Resampler, BlocksDoNotChangeTheResult) {
  for (const Rates rates :
       {Rates{44'100, 16'000}, Rates{8'000, 16'000}, Rates{48'000, 16'000}, Rates{16'000, 44'100}}) {
    const std::vector<float> input = noise(20'011, 7);
    const std::vector<float> expected = reference(input, rates);
    for (const size_t block :
         {size_t{1}, size_t{2}, size_t{1000}, size_t{1152}, size_t{8192}, size_t{8193}, input.size()}) {
      SCOPED_TRACE("blocks of " + std::to_string(block) + " from " + std::to_string(rates.from));
      expect_identical(resample(input, rates, block), expected);
    }
  }
}

// Long enough that the ring of blocks between the two threads goes round several times.
TEST(Resampler, ASecondThreadDoesNotChangeTheResult) {
  const std::vector<float> input = noise(700'001, 11);
  const std::vector<float> expected = reference(input, {44'100, 16'000});
  for (const size_t block : {size_t{7}, size_t{1152}, size_t{100'000}, input.size()}) {
    SCOPED_TRACE("blocks of " + std::to_string(block));
    expect_identical(resample(input, {44'100, 16'000}, block, {.background = true}), expected);
  }
}

TEST(Resampler, ASecondThreadIsAbandonedInMidWork) {
  const std::vector<float> input = noise(100'000, 11);
  for (int round = 0; round < 20; ++round) {
    SampleBuffer buffer(1, kUnlimited);
    const auto stage = OutputStage::make(44'100, 16'000, 1, Quality::kVeryHigh, true, buffer);
    for (int block = 0; block < round % 5; ++block) {
      std::copy_n(input.data(), input.size(), stage->space(input.size())[0]);
      stage->commit(input.size());
    }
  }
}

// What goes wrong on the second thread is told on the first.
TEST(Resampler, ALimitMetOnTheSecondThreadReachesTheFirst) {
  const std::vector<float> input = noise(100'000, 11);
  SampleBuffer buffer(1, 1000);
  const auto stage = OutputStage::make(44'100, 48'000, 1, Quality::kHigh, true, buffer);
  const AudioError error = error_of([&] {
    for (int block = 0; block < 100; ++block) {
      std::copy_n(input.data(), input.size(), stage->space(input.size())[0]);
      stage->commit(input.size());
    }
    stage->finish();
  });
  EXPECT_EQ(error.limit_name(), "decodedBytes");
}

TEST(Resampler, EachQualityIsTheRecipeOfItsName) {
  const std::vector<float> input = noise(9'000, 3);
  const std::pair<Quality, unsigned long> recipes[] = {{Quality::kQuick, SOXR_QQ},
                                                       {Quality::kLow, SOXR_LQ},
                                                       {Quality::kMedium, SOXR_MQ},
                                                       {Quality::kHigh, SOXR_HQ},
                                                       {Quality::kVeryHigh, SOXR_VHQ}};
  for (const auto& [quality, recipe] : recipes) {
    SCOPED_TRACE("recipe " + std::to_string(recipe));
    expect_identical(resample(input, {44'100, 16'000}, 1152, {.quality = quality}),
                     reference(input, {44'100, 16'000}, recipe));
  }
}

TEST(Resampler, ATonePassesUnchanged) {
  constexpr double kPi = 3.14159265358979323846;
  std::vector<float> tone(44'100);
  for (size_t i = 0; i < tone.size(); ++i) {
    tone[i] = static_cast<float>(0.5 * std::sin(2 * kPi * 1000 * static_cast<double>(i) / 44'100));
  }
  const std::vector<float> result = resample(tone, {44'100, 16'000}, 1152);
  // Away from the edges, where the filter sees silence.
  for (size_t i = 1000; i < 15'000; ++i) {
    ASSERT_NEAR(result[i], 0.5 * std::sin(2 * kPi * 1000 * static_cast<double>(i) / 16'000), 2e-6) << "sample " << i;
  }
}

TEST(Resampler, EqualRatesCopy) {
  const std::vector<float> input = noise(10'000, 5);
  expect_identical(resample(input, {16'000, 16'000}, 999), input);
}

TEST(Resampler, ChannelsDoNotMix) {
  const std::vector<float> left = noise(5'000, 1);
  const std::vector<float> right = noise(5'000, 2);
  SampleBuffer buffer(2, kUnlimited);
  const auto stage = OutputStage::make(44'100, 16'000, 2, Quality::kHigh, false, buffer);
  for (size_t at = 0; at < left.size(); at += 500) {
    float* const* to = stage->space(500);
    std::copy_n(left.data() + at, 500, to[0]);
    std::copy_n(right.data() + at, 500, to[1]);
    stage->commit(500);
  }
  stage->finish();
  buffer.join();
  const float* const data = buffer.data();
  expect_identical({data, data + buffer.frames()}, reference(left, {44'100, 16'000}));
  expect_identical({data + buffer.frames(), data + 2 * buffer.frames()}, reference(right, {44'100, 16'000}));
}

// A source that changes its rate continues in the same output: the new part starts where the old one ended.
TEST(Resampler, AppendsToWhatTheOutputHolds) {
  const std::vector<float> first = noise(4'410, 1);
  const std::vector<float> second = noise(4'800, 2);
  SampleBuffer buffer(1, kUnlimited);
  for (const auto& [input, from] : {std::pair{first, 44'100}, std::pair{second, 48'000}}) {
    const auto stage = OutputStage::make(from, 16'000, 1, Quality::kHigh, false, buffer);
    std::copy_n(input.data(), input.size(), stage->space(input.size())[0]);
    stage->commit(input.size());
    stage->finish();
  }
  buffer.join();
  std::vector<float> expected = reference(first, {44'100, 16'000});
  const std::vector<float> rest = reference(second, {48'000, 16'000});
  expected.insert(expected.end(), rest.begin(), rest.end());
  expect_identical({buffer.data(), buffer.data() + buffer.frames()}, expected);
}

// soxr's engine without SIMD shares an FFT table without a lock, and gave wrong samples with 8 threads.
TEST(Resampler, EightThreadsGiveIdenticalResults) {
  const std::vector<float> input = noise(30'000, 9);
  const Rates rates[] = {{44'100, 16'000}, {48'000, 16'000}, {22'050, 16'000}, {16'000, 48'000}};
  std::vector<std::vector<float>> expected;
  for (const Rates& each : rates) expected.push_back(resample(input, each, 1152));

  std::vector<int> different(8);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < different.size(); ++t) {
      threads.emplace_back([&, t] {
        for (size_t round = 0; round < 20; ++round) {
          const size_t which = (t + round) % std::size(rates);
          const std::vector<float> result = resample(input, rates[which], 1152);
          const bool same = result.size() == expected[which].size() &&
                            std::memcmp(result.data(), expected[which].data(), result.size() * sizeof(float)) == 0;
          if (!same) ++different[t];
        }
      });
    }
  }
  EXPECT_EQ(different, std::vector<int>(8, 0));
}

}  // namespace cochlea::test
