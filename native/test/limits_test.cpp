// What a job may consume, met in the pipeline as a request meets it.
#include "core/limits.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "core/pipeline/pipeline.h"
#include "core/source/byte_source.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

const Bytes& ten_seconds() {
  static const Bytes bytes = wav16(16'000, 1, noise16(160'000, 1));
  return bytes;
}

AudioError limit_met(const Bytes& bytes, const DecodeOptions& options) {
  AudioError error = error_of([&] { decode(bytes, options); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
  return error;
}

}  // namespace

TEST(Limits, NoneMeansAll) { EXPECT_EQ(decode(ten_seconds()).samples.size(), 160'000u); }

TEST(Limits, InputBytes) {
  DecodeOptions options;
  options.limits.input_bytes = static_cast<double>(ten_seconds().size());
  EXPECT_EQ(decode(ten_seconds(), options).samples.size(), 160'000u);
  options.limits.input_bytes -= 1;
  const AudioError error = limit_met(ten_seconds(), options);
  EXPECT_EQ(error.limit_name(), "inputBytes");
  EXPECT_EQ(error.max(), 320'043);
  EXPECT_EQ(error.actual(), 320'044);
}

TEST(Limits, Seconds) {
  DecodeOptions options;
  options.limits.seconds = 10;
  EXPECT_EQ(decode(ten_seconds(), options).samples.size(), 160'000u);
  options.limits.seconds = 9.99;
  const AudioError error = limit_met(ten_seconds(), options);
  EXPECT_EQ(error.limit_name(), "seconds");
  EXPECT_EQ(error.max(), 9.99);
  EXPECT_GT(error.actual(), 9.99);
  EXPECT_LE(error.actual(), 10);
}

// Seconds are those of the source, whatever rate is asked for.
TEST(Limits, SecondsAreCountedAtTheSourceRate) {
  DecodeOptions options;
  options.limits.seconds = 10;
  options.sample_rate = 48'000;
  EXPECT_EQ(decode(ten_seconds(), options).samples.size(), 480'000u);
}

TEST(Limits, DecodedBytes) {
  DecodeOptions options;
  options.limits.decoded_bytes = 640'000;
  EXPECT_EQ(decode(ten_seconds(), options).samples.size(), 160'000u);
  options.limits.decoded_bytes = 639'999;
  const AudioError error = limit_met(ten_seconds(), options);
  EXPECT_EQ(error.limit_name(), "decodedBytes");
  EXPECT_EQ(error.max(), 639'999);
  EXPECT_GT(error.actual(), 639'999);

  // The result counts, not the source: half the rate fits, two channels do not.
  options.limits.decoded_bytes = 320'000;
  options.sample_rate = 8'000;
  EXPECT_EQ(decode(ten_seconds(), options).samples.size(), 80'000u);
  options.channels = 2;
  EXPECT_EQ(limit_met(ten_seconds(), options).limit_name(), "decodedBytes");
}

TEST(Limits, Channels) {
  const Bytes nine = wav16(16'000, 9, noise16(9 * 1600, 1));
  DecodeOptions options;
  options.limits.channels = 9;
  EXPECT_EQ(decode(nine, options).samples.size(), 1600u);
  options.limits.channels = 8;
  const AudioError error = limit_met(nine, options);
  EXPECT_EQ(error.limit_name(), "channels");
  EXPECT_EQ(error.max(), 8);
  EXPECT_EQ(error.actual(), 9);
}

TEST(Limits, SampleRate) {
  DecodeOptions options;
  options.limits.min_sample_rate = 16'000;
  options.limits.max_sample_rate = 16'000;
  EXPECT_EQ(decode(ten_seconds(), options).samples.size(), 160'000u);

  options.limits.min_sample_rate = 16'001;
  options.limits.max_sample_rate = 48'000;
  const AudioError low = limit_met(ten_seconds(), options);
  EXPECT_EQ(low.limit_name(), "sampleRate");
  EXPECT_EQ(low.max(), 16'001);
  EXPECT_EQ(low.actual(), 16'000);

  options.limits.min_sample_rate = 1'000;
  options.limits.max_sample_rate = 15'999;
  const AudioError high = limit_met(ten_seconds(), options);
  EXPECT_EQ(high.limit_name(), "sampleRate");
  EXPECT_EQ(high.max(), 15'999);
  EXPECT_EQ(high.actual(), 16'000);
}

TEST(Limits, TheHeaderIsNotBelievedAboutTheLength) {
  const Bytes liar = wav({.data_bytes = 0xffffff00u}, Bytes(32'000));
  const Cancellation never;
  const DecodeOptions options;
  const Pipeline pipeline(std::make_unique<MemorySource>(liar), options, 1, never);
  // One second is there, and some room is left for what headers leave out.
  EXPECT_LE(pipeline.expected_frames(), 2u * 16'000u);
  EXPECT_EQ(decode(liar).samples.size(), 16'000u);
  // That is also what is written into a pipe, where nobody knows the length yet; ten seconds are a claim.
  EXPECT_FALSE(decode(liar).damage.truncated);
  const Bytes cut = wav({.data_bytes = 320'000}, Bytes(32'000));
  EXPECT_EQ(decode(cut).samples.size(), 16'000u);
  EXPECT_TRUE(decode(cut).damage.truncated);
}

TEST(Deadline, StopsAJobAndSaysByHowMuch) {
  Cancellation cancellation;
  cancellation.set_deadline(0.5);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const AudioError error = error_of([&] { decode(ten_seconds(), {}, cancellation); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.limit_name(), "timeout");
  EXPECT_EQ(error.max(), 0.5);
  EXPECT_GT(error.actual(), 1);
}

TEST(Deadline, AnAbortIsToldFromATimeout) {
  Cancellation cancellation;
  cancellation.cancel();
  EXPECT_EQ(error_of([&] { decode(ten_seconds(), {}, cancellation); }).code(), ErrorCode::kAborted);
}

// Longer than any deadline that a clock of 64-bit nanoseconds can hold: no deadline at all.
TEST(Deadline, AHugeTimeoutIsNone) {
  for (const double milliseconds : {1e15, 1e300, std::numeric_limits<double>::infinity()}) {
    Cancellation cancellation;
    cancellation.set_deadline(milliseconds);
    EXPECT_FALSE(cancellation.expired()) << milliseconds;
  }
}

class RunningJob : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, RunningJob, testing::Values(1, 4));

TEST_P(RunningJob, IsStoppedByAnotherThread) {
  // Fifteen minutes at the highest quality: some seconds of work.
  const Bytes bytes = wav16(8'000, 1, std::vector<int16_t>(15u * 60 * 8'000));
  DecodeOptions options;
  options.sample_rate = 48'000;
  options.quality = Quality::kVeryHigh;
  Cancellation cancellation;
  std::chrono::steady_clock::time_point cancelled;
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    cancelled = std::chrono::steady_clock::now();
    cancellation.cancel();
  });
  const AudioError error = error_of([&] { decode(bytes, options, cancellation, GetParam()); });
  const auto stopped = std::chrono::steady_clock::now();
  other.join();
  EXPECT_EQ(error.code(), ErrorCode::kAborted);
  EXPECT_LT(stopped - cancelled, std::chrono::milliseconds(500));
}

}  // namespace cochlea::test
