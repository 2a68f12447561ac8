#include "core/sound/sample_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "expect_error.h"

namespace cochlea::test {

namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// Writes `frames` samples to each channel: 1000 · channel + position, so that each has a value of its own.
void fill(SampleBuffer& buffer, size_t frames) {
  const size_t start = buffer.frames();
  float* const* to = buffer.space(frames);
  for (int c = 0; c < buffer.channels(); ++c) {
    for (size_t i = 0; i < frames; ++i) to[c][i] = static_cast<float>(1000 * c) + static_cast<float>(start + i);
  }
  buffer.commit(frames);
}

void expect_filled(const SampleBuffer& buffer, size_t frames) {
  ASSERT_EQ(buffer.frames(), frames);
  for (int c = 0; c < buffer.channels(); ++c) {
    for (size_t i = 0; i < frames; ++i) {
      ASSERT_EQ(buffer.data()[static_cast<size_t>(c) * frames + i],
                static_cast<float>(1000 * c) + static_cast<float>(i))
          << "channel " << c << ", frame " << i;
    }
  }
}

}  // namespace

TEST(SampleBuffer, LentMemoryIsWrittenInPlace) {
  std::vector<float> memory(20);
  SampleBuffer buffer(1, kUnlimited);
  buffer.lend(memory);
  fill(buffer, 12);
  fill(buffer, 8);
  buffer.join();
  EXPECT_FALSE(buffer.spilled());
  EXPECT_EQ(buffer.data(), memory.data());
  expect_filled(buffer, 20);
}

TEST(SampleBuffer, ShortChannelsAreJoinedWithinLentMemory) {
  std::vector<float> memory(30);
  SampleBuffer buffer(3, kUnlimited);
  buffer.lend(memory);
  fill(buffer, 7);
  buffer.join();
  EXPECT_FALSE(buffer.spilled());
  EXPECT_EQ(buffer.data(), memory.data());
  expect_filled(buffer, 7);
}

TEST(SampleBuffer, SpillsWhenLentMemoryProvesShort) {
  std::vector<float> memory(2 * 10, -1.0f);
  SampleBuffer buffer(2, kUnlimited);
  buffer.lend(memory);
  fill(buffer, 9);
  fill(buffer, 5);
  EXPECT_TRUE(buffer.spilled());
  buffer.join();
  EXPECT_NE(buffer.data(), memory.data());
  expect_filled(buffer, 14);
}

TEST(SampleBuffer, GrowsFromNothing) {
  SampleBuffer buffer(2, kUnlimited);
  for (int block = 0; block < 100; ++block) fill(buffer, 777);
  EXPECT_TRUE(buffer.spilled());
  buffer.join();
  expect_filled(buffer, 77'700);
  const float* const data = buffer.data();
  const Samples samples = buffer.release();
  EXPECT_EQ(samples.get(), data);
}

TEST(SampleBuffer, ResizeCutsAndPadsWithZeros) {
  SampleBuffer buffer(2, kUnlimited);
  fill(buffer, 10);
  buffer.resize(6);
  buffer.resize(9);
  buffer.join();
  ASSERT_EQ(buffer.frames(), 9u);
  const std::vector<float> expected = {0, 1, 2, 3, 4, 5, 0, 0, 0, 1000, 1001, 1002, 1003, 1004, 1005, 0, 0, 0};
  EXPECT_EQ(std::vector<float>(buffer.data(), buffer.data() + 18), expected);
}

TEST(SampleBuffer, ResizePadsPastLentMemory) {
  std::vector<float> memory(4);
  SampleBuffer buffer(1, kUnlimited);
  buffer.lend(memory);
  fill(buffer, 4);
  buffer.resize(6);
  buffer.join();
  const std::vector<float> expected = {0, 1, 2, 3, 0, 0};
  EXPECT_EQ(std::vector<float>(buffer.data(), buffer.data() + 6), expected);
}

TEST(SampleBuffer, TheCapHoldsForTheWholeResult) {
  constexpr double kBytes = 2 * 1000 * sizeof(float);
  SampleBuffer fits(2, kBytes);
  fill(fits, 1000);
  fits.join();
  expect_filled(fits, 1000);

  SampleBuffer larger(2, kBytes);
  fill(larger, 1001);
  const AudioError error = error_of([&] { larger.join(); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.limit_name(), "decodedBytes");
  EXPECT_EQ(error.max(), kBytes);
  EXPECT_EQ(error.actual(), 2 * 1001 * sizeof(float));
}

TEST(SampleBuffer, TheCapStopsGrowth) {
  constexpr double kBytes = 1 << 20;
  SampleBuffer buffer(1, kBytes);
  const AudioError error = error_of([&] {
    for (int block = 0; block < 1000; ++block) fill(buffer, 10'000);
  });
  EXPECT_EQ(error.limit_name(), "decodedBytes");
  EXPECT_LT(static_cast<double>(buffer.frames() * sizeof(float)), 2 * kBytes);
}

TEST(SampleBuffer, DropsFromTheFrontAndGoesOn) {
  SampleBuffer buffer(2, 1e9);
  float next = 0;
  float expected = 0;
  for (int round = 0; round < 200; ++round) {
    const size_t count = 1000 + 37 * static_cast<size_t>(round % 11);
    float* const* to = buffer.space(count);
    for (size_t i = 0; i < count; ++i, ++next) {
      to[0][i] = next;
      to[1][i] = -next;
    }
    buffer.commit(count);
    const size_t taken = std::min(buffer.frames(), 900 + 41 * static_cast<size_t>(round % 13));
    std::vector<float> samples(2 * taken);
    buffer.copy(taken, samples);
    for (size_t i = 0; i < taken; ++i, ++expected) {
      ASSERT_EQ(samples[i], expected);
      ASSERT_EQ(samples[taken + i], -expected);
    }
    buffer.drop(taken);
  }
  const size_t left = buffer.frames();
  EXPECT_EQ(static_cast<float>(left), next - expected);
  buffer.join();
  EXPECT_EQ(buffer.data()[0], expected);
  EXPECT_EQ(buffer.data()[left], -expected);
}

}  // namespace cochlea::test
