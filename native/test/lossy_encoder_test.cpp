// MP3, Opus and AAC: what samples of any kind become. What the files sound like is compared in test/encode.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <vector>

#include "core/encoding/encoder.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

const Cancellation never;
constexpr double kUnlimited = std::numeric_limits<double>::infinity();

using Case = std::tuple<OutputFormat, int, int>;  // format, Hz, channels

class LossyEncoder : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { initialize_ffmpeg(); }

  EncodeOptions options(int64_t bit_rate) const {
    const auto [format, rate, channels] = GetParam();
    return {format, 0, rate, channels, std::nullopt, kUnlimited, bit_rate};
  }
};

// Interleaved by blocks: each block is planar.
Bytes encode(const std::vector<float>& mono, EncodeOptions options, size_t block, bool whole) {
  if (whole) options.frames = mono.size();
  Encoder encoder(options);
  Bytes bytes;
  const auto take = [&] {
    const FileBytes more = encoder.take();
    bytes.insert(bytes.end(), more.memory.get(), more.memory.get() + more.size);
  };
  for (size_t start = 0; start < mono.size(); start += block) {
    const size_t count = std::min(block, mono.size() - start);
    std::vector<float> part;
    for (int c = 0; c < options.channels; ++c) {
      const auto from = mono.begin() + static_cast<std::ptrdiff_t>(start);
      part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(count));
    }
    encoder.push(part, never);
    if (!whole) take();
  }
  encoder.finish(never);
  take();
  return bytes;
}

Decoded decode_native(const Bytes& bytes) {
  DecodeOptions native;
  native.channels = 0;
  return decode(bytes, native);
}

std::vector<float> square(size_t frames) {
  std::vector<float> samples(frames);
  for (size_t i = 0; i < frames; ++i) samples[i] = i * 7919 % 13 < 6 ? 1.0f : -1.0f;
  return samples;
}

}  // namespace

TEST_P(LossyEncoder, EveryBitRateTakesEverySound) {
  std::vector<float> click(5000);
  click[2500] = 1e30f;
  std::vector<float> tiny(5000, 1e-41f);
  for (const int64_t bit_rate : {6000, 8000, 64'000, 320'000, 512'000}) {
    for (const auto& samples : {square(5000), noise(5000, 1), click, tiny, std::vector<float>(5000)}) {
      const Decoded decoded = decode_native(encode(samples, options(bit_rate), 5000, true));
      EXPECT_FALSE(decoded.damage.any());
      EXPECT_EQ(decoded.channels, options(0).channels);
      EXPECT_TRUE(std::all_of(decoded.samples.begin(), decoded.samples.end(),
                              [](float sample) { return std::isfinite(sample); }));
    }
  }
}

TEST_P(LossyEncoder, TheBlocksChangeNothing) {
  const auto samples = noise(7001, 3);
  for (const bool whole : {true, false}) {
    const Bytes file = encode(samples, options(64'000), samples.size(), whole);
    for (const size_t block : {size_t{1}, size_t{959}, size_t{1152}, size_t{5000}}) {
      EXPECT_EQ(encode(samples, options(64'000), block, whole), file) << block;
    }
  }
}

TEST_P(LossyEncoder, EveryShortLengthIsAFile) {
  for (const size_t frames : {1u, 2u, 31u, 480u, 575u, 577u, 1024u, 1153u}) {
    for (const bool whole : {true, false}) {
      const Decoded decoded = decode_native(encode(noise(frames, 5), options(64'000), frames, whole));
      EXPECT_FALSE(decoded.damage.any()) << frames;
      const auto [format, rate, channels] = GetParam();
      const auto expected =
          static_cast<size_t>(std::ceil(static_cast<double>(frames) / rate * decoded.sample_rate - 1e-6));
      const size_t actual = decoded.samples.size() / static_cast<size_t>(channels);
      if (format == OutputFormat::kAac || (format == OutputFormat::kMp3 && !whole)) {
        EXPECT_GE(actual, expected) << frames;
        EXPECT_LT(actual, expected + 4096) << frames;
      } else {
        EXPECT_EQ(actual, expected) << frames;
      }
    }
  }
}

TEST_P(LossyEncoder, NonFiniteSamplesAreRefusedByPlace) {
  Encoder encoder(options(64'000));
  const auto channels = static_cast<size_t>(options(0).channels);
  encoder.push(std::vector<float>(channels * 5000), never);
  std::vector<float> samples(channels * 5000);
  samples[(channels - 1) * 5000 + 4500] = std::numeric_limits<float>::infinity();
  const AudioError error = error_of([&] { encoder.push(samples, never); });
  EXPECT_EQ(error.code(), ErrorCode::kNonFinite);
  EXPECT_EQ(std::string(error.what()), "frame 9500 of channel " + std::to_string(channels - 1) + " is infinite");
}

TEST_P(LossyEncoder, NothingIsNoFile) {
  Encoder encoder(options(64'000));
  encoder.push({}, never);
  EXPECT_EQ(error_of([&] { encoder.finish(never); }).code(), ErrorCode::kEmpty);
}

TEST_P(LossyEncoder, StopsWhenCancelled) {
  Cancellation cancellation;
  Encoder encoder(options(64'000));
  const auto samples = noise(static_cast<size_t>(options(0).channels) * 5000, 1);
  encoder.push(samples, never);
  cancellation.cancel();
  EXPECT_EQ(error_of([&] { encoder.push(samples, cancellation); }).code(), ErrorCode::kAborted);
  EXPECT_EQ(error_of([&] { encoder.finish(cancellation); }).code(), ErrorCode::kAborted);
}

TEST_P(LossyEncoder, AFileThatIsTooLargeIsALimitError) {
  EncodeOptions small = options(64'000);
  small.frames = 100'000;
  small.max_bytes = 300;
  const auto samples = noise(static_cast<size_t>(small.channels) * 100'000, 1);
  const AudioError error = error_of([&] {
    Encoder encoder(small);
    encoder.push(samples, never);
    encoder.finish(never);
  });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.limit_name(), "encodedBytes");
}

// Those that the format has, and those that are resampled: up, down, and from and to the ends of what we take.
INSTANTIATE_TEST_SUITE_P(All, LossyEncoder,
                         testing::Values(Case{OutputFormat::kMp3, 8000, 1}, Case{OutputFormat::kMp3, 16'000, 2},
                                         Case{OutputFormat::kMp3, 24'000, 1}, Case{OutputFormat::kMp3, 44'100, 2},
                                         Case{OutputFormat::kMp3, 10'000, 2}, Case{OutputFormat::kMp3, 96'000, 1},
                                         Case{OutputFormat::kOpus, 8000, 1}, Case{OutputFormat::kOpus, 16'000, 2},
                                         Case{OutputFormat::kOpus, 48'000, 2}, Case{OutputFormat::kOpus, 1000, 1},
                                         Case{OutputFormat::kOpus, 44'100, 2}, Case{OutputFormat::kOpus, 768'000, 1},
                                         Case{OutputFormat::kAac, 7350, 1}, Case{OutputFormat::kAac, 24'000, 1},
                                         Case{OutputFormat::kAac, 48'000, 2}, Case{OutputFormat::kAac, 96'000, 1},
                                         Case{OutputFormat::kAac, 50'000, 2}, Case{OutputFormat::kAac, 768'000, 1}));

}  // namespace cochlea::test
