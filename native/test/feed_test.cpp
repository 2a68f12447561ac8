#include "core/source/feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <thread>

#include "core/pipeline/pipeline.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

// Counts how often the reader slept.
class CountedSleep final : public BlockingRegion {
 public:
  void begin() noexcept override { ++begun; }
  void end(bool) noexcept override { ++ended; }
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
};

std::vector<uint8_t> counting(size_t count) {
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 256);
  return bytes;
}

constexpr double kNoLimit = 1e18;

struct Fed {
  std::shared_ptr<Feed> feed = std::make_shared<Feed>(kNoLimit, "/tmp");
  Cancellation cancellation;
  CountedSleep sleep;
  std::unique_ptr<FeedSource> source = std::make_unique<FeedSource>(feed, cancellation, sleep);
};

}  // namespace

TEST(Feed, IsStarvedWhileItsReaderSleepsAndNothingHasCome) {
  Fed fed;
  EXPECT_FALSE(fed.feed->starved());
  std::array<uint8_t, 10> block{};
  std::jthread reader([&] { fed.source->read(block); });
  while (fed.sleep.begun == 0) std::this_thread::yield();
  EXPECT_TRUE(fed.feed->starved());
  fed.feed->push(counting(5));
  // Whether or not the reader has woken up by now.
  EXPECT_FALSE(fed.feed->starved());
  reader.join();
  EXPECT_EQ(fed.sleep.ended, 1);
  EXPECT_FALSE(fed.feed->starved());
}

TEST(Feed, GivesWhatWasPushed) {
  Fed fed;
  const std::vector<uint8_t> bytes = counting(3'000'000);
  std::jthread producer([&] {
    for (size_t at = 0; at < bytes.size(); at += 70'001) {
      fed.feed->push(std::span(bytes).subspan(at, std::min<size_t>(70'001, bytes.size() - at)));
    }
    fed.feed->end();
  });
  fed.source->release();
  std::vector<uint8_t> read;
  std::array<uint8_t, 1234> block{};
  size_t steps = 0;
  while (const int count = fed.source->read(block)) {
    ASSERT_GT(count, 0);
    read.insert(read.end(), block.begin(), block.begin() + count);
    // Small steps back, as demuxers take them.
    if (read.size() > 100'000 * (steps + 1)) {
      ++steps;
      const int64_t back = fed.source->position() - 50'000;
      ASSERT_TRUE(fed.source->seek(back));
      read.resize(static_cast<size_t>(back));
    }
  }
  EXPECT_EQ(read, bytes);
  EXPECT_EQ(fed.source->size(), static_cast<int64_t>(bytes.size()));
  EXPECT_FALSE(fed.source->seek(0)) << "the start is long gone";
  EXPECT_EQ(fed.sleep.begun, fed.sleep.ended);
}

TEST(Feed, DecodesWhatIsThereWithoutWaitingForMore) {
  Fed fed;
  const std::vector<uint8_t> wav = wav16(8000, 2, noise16(96'000, 1));
  fed.feed->push(std::span(wav).first(40'000));
  fed.cancellation.set_deadline(2000);
  DecodeOptions options;
  Pipeline pipeline(std::move(fed.source), options, 1, fed.cancellation);
  SampleBuffer output(1, kNoLimit);
  EXPECT_TRUE(pipeline.fill(output, 6000));
  EXPECT_GE(output.frames(), 6000u);
}

TEST(Feed, TellsHowMuchIsAtHand) {
  Fed fed;
  EXPECT_EQ(fed.source->at_hand(), 0u);
  fed.feed->push(counting(100));
  EXPECT_EQ(fed.source->at_hand(), 100u);
  std::array<uint8_t, 30> block{};
  EXPECT_EQ(fed.source->read(block), 30);
  fed.feed->push(counting(5));
  EXPECT_EQ(fed.source->at_hand(), 75u);
  fed.feed->end();
  while (fed.source->read(block) > 0) {
  }
  EXPECT_GT(fed.source->at_hand(), size_t{1} << 40) << "nothing has to be waited for any more";
}

// 200 ms at 8 kHz, of which soxr keeps some 70 ms: a block of 8192 frames would keep all of it.
TEST(Feed, WhatIsDecodedIsResampledBeforeMoreIsRead) {
  Fed fed;
  const std::vector<uint8_t> wav = wav16(8000, 1, noise16(8000, 1));
  fed.feed->push(std::span(wav).first(44 + 2 * 1600));
  fed.cancellation.set_deadline(20'000);
  DecodeOptions options;
  options.sample_rate = 16'000;
  Pipeline pipeline(std::move(fed.source), options, 1, fed.cancellation);
  SampleBuffer output(1, kNoLimit);
  EXPECT_TRUE(pipeline.fill(output, 1600));
  EXPECT_GE(output.frames(), 1600u);
}

// The clock on the wall may be set meanwhile; this one is not.
TEST(Feed, ADeadlineEndsTheSleep) {
  Fed fed;
  fed.cancellation.set_deadline(30);
  const auto before = std::chrono::steady_clock::now();
  std::array<uint8_t, 10> block{};
  EXPECT_EQ(fed.source->read(block), AVERROR_EXIT);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(29));
  EXPECT_TRUE(fed.cancellation.expired());
  EXPECT_EQ(fed.sleep.ended, 1);
}

}  // namespace cochlea::test
