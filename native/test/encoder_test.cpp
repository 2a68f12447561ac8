#include "core/encoding/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

const Cancellation never;
constexpr double kUnlimited = std::numeric_limits<double>::infinity();

void append(Bytes& to, const FileBytes& more) { to.insert(to.end(), more.memory.get(), more.memory.get() + more.size); }

// Planar samples [channels, frames] in blocks of `block` frames; the bytes are taken after each when streamed.
Bytes encode(const std::vector<float>& samples, EncodeOptions options, size_t block, bool streamed,
             uint64_t* clipped = nullptr) {
  initialize_ffmpeg();
  const auto channels = static_cast<size_t>(options.channels);
  const size_t frames = samples.size() / channels;
  if (!streamed) options.frames = frames;
  Encoder encoder(options);
  Bytes bytes;
  for (size_t start = 0; start < frames; start += block) {
    const size_t count = std::min(block, frames - start);
    std::vector<float> part;
    for (size_t c = 0; c < channels; ++c) {
      const auto from = samples.begin() + static_cast<std::ptrdiff_t>(c * frames + start);
      part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(count));
    }
    encoder.push(part, never);
    if (streamed) append(bytes, encoder.take());
  }
  encoder.finish(never);
  append(bytes, encoder.take());
  if (clipped != nullptr) *clipped = encoder.clipped();
  return bytes;
}

// What the file must decode to: the C library's rounding, halves to even.
std::vector<float> expected(const std::vector<float>& samples, int bits) {
  if (bits == 32) return samples;
  std::vector<float> result;
  const double scale = std::ldexp(1.0, bits - 1);
  for (const float sample : samples) {
    const double rounded = std::nearbyint(static_cast<double>(sample) * scale);
    result.push_back(static_cast<float>(std::fmax(-scale, std::fmin(scale - 1, rounded)) / scale));
  }
  return result;
}

uint32_t little32(const Bytes& bytes, size_t at) {
  return static_cast<uint32_t>(bytes.at(at) | bytes.at(at + 1) << 8 | bytes.at(at + 2) << 16) |
         static_cast<uint32_t>(bytes.at(at + 3)) << 24;
}

std::string four(const Bytes& bytes, size_t at) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at + 4)};
}

using Case = std::tuple<OutputFormat, int, int>;  // format, bits, channels

class EncoderRoundTrip : public testing::TestWithParam<Case> {};

}  // namespace

TEST_P(EncoderRoundTrip, DecodesToTheQuantisedSamplesWhateverTheBlocks) {
  const auto [format, bits, channels] = GetParam();
  const EncodeOptions options{format, bits, 16'000, channels, std::nullopt, kUnlimited};
  for (const size_t frames : {1u, 15u, 4095u, 4096u, 4097u, 20'011u}) {
    const auto samples = noise(frames * static_cast<size_t>(channels), 7);
    const auto reference = expected(samples, bits);
    Bytes whole;
    for (const size_t block : {size_t{1} << 20, size_t{4097}, size_t{1000}, size_t{333}}) {
      const Bytes file = encode(samples, options, block, false);
      if (whole.empty()) whole = file;
      EXPECT_EQ(file, whole) << frames << " frames in blocks of " << block;
      DecodeOptions native;
      native.channels = 0;
      const Decoded streamed = decode(encode(samples, options, block, true), native);
      EXPECT_EQ(streamed.samples, reference) << frames << " frames in blocks of " << block;
      EXPECT_FALSE(streamed.damage.any());
    }
    DecodeOptions native;
    native.channels = 0;
    const Decoded decoded = decode(whole, native);
    EXPECT_EQ(decoded.samples, reference) << frames << " frames";
    EXPECT_EQ(decoded.channels, channels);
    EXPECT_EQ(decoded.sample_rate, 16'000);
    EXPECT_FALSE(decoded.damage.any());
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncoderRoundTrip,
                         testing::Values(Case{OutputFormat::kWav, 16, 1}, Case{OutputFormat::kWav, 24, 1},
                                         Case{OutputFormat::kWav, 32, 2}, Case{OutputFormat::kWav, 16, 6},
                                         Case{OutputFormat::kFlac, 16, 1}, Case{OutputFormat::kFlac, 24, 2},
                                         Case{OutputFormat::kFlac, 16, 6}, Case{OutputFormat::kFlac, 24, 8}));

TEST(Encoder, EveryRateThatIsDecodedIsEncoded) {
  for (const int rate : {1000, 8000, 11'025, 44'100, 96'001, 192'000, 655'350, 655'351, 768'000}) {
    for (const auto format : {OutputFormat::kWav, OutputFormat::kFlac}) {
      const auto samples = noise(3000, 1);
      const Decoded decoded = decode(encode(samples, {format, 16, rate, 1, std::nullopt, kUnlimited}, 3000, false));
      EXPECT_EQ(decoded.sample_rate, rate);
      EXPECT_EQ(decoded.samples, expected(samples, 16)) << rate;
    }
  }
}

TEST(Encoder, AWholeWavFileOfIntegersHasThePlainHeader) {
  const Bytes file = encode(noise(100, 1), {OutputFormat::kWav, 16, 8000, 1, std::nullopt, kUnlimited}, 100, false);
  ASSERT_EQ(file.size(), 244u);
  EXPECT_EQ(four(file, 0), "RIFF");
  EXPECT_EQ(little32(file, 4), 236u);
  EXPECT_EQ(four(file, 36), "data");
  EXPECT_EQ(little32(file, 40), 200u);
}

TEST(Encoder, AStreamedWavFileStatesNoSize) {
  const Bytes file = encode(noise(100, 1), {OutputFormat::kWav, 16, 8000, 1, std::nullopt, kUnlimited}, 100, true);
  ASSERT_EQ(file.size(), 244u);
  EXPECT_EQ(little32(file, 4), UINT32_MAX);
  EXPECT_EQ(little32(file, 40), UINT32_MAX);
}

// STREAMINFO: 36 bits for the number of samples from byte 21 on, then 16 of MD5.
TEST(Encoder, AStreamedFlacFileStatesNoLengthAndNoMd5AndAWholeOneDoes) {
  const EncodeOptions options{OutputFormat::kFlac, 16, 8000, 1, std::nullopt, kUnlimited};
  const auto samples = noise(100, 1);
  const Bytes streamed = encode(samples, options, 100, true);
  EXPECT_EQ(streamed.at(21) & 0x0f, 0);
  EXPECT_TRUE(std::all_of(streamed.begin() + 22, streamed.begin() + 42, [](uint8_t byte) { return byte == 0; }));
  const Bytes whole = encode(samples, options, 100, false);
  EXPECT_EQ(whole.at(25), 100);
  EXPECT_FALSE(std::all_of(whole.begin() + 26, whole.begin() + 42, [](uint8_t byte) { return byte == 0; }));
}

// Announced but not filled: nobody wants to wait for 4 GiB, of which no page is touched here.
TEST(Encoder, AWavFileOf4GiBIsRf64) {
  initialize_ffmpeg();
  Encoder encoder({OutputFormat::kWav, 32, 768'000, 64, size_t{1} << 24, kUnlimited});
  const auto samples = noise(64 * 5000, 1);
  encoder.push(samples, never);
  encoder.finish(never);
  Bytes file;
  append(file, encoder.take());
  EXPECT_EQ(four(file, 0), "RF64");
  EXPECT_EQ(little32(file, 4), UINT32_MAX);
  EXPECT_EQ(four(file, 12), "ds64");
  EXPECT_EQ(little32(file, 20), file.size() - 8);
  DecodeOptions native;
  native.channels = 0;
  EXPECT_EQ(decode(file, native).samples, samples);
}

TEST(Encoder, ClippedSamplesAreCounted) {
  std::vector<float> samples = noise(10'000, 3);
  for (float& sample : samples) sample *= 0.9f;
  samples[5] = 1.5f;
  samples[9999] = -7;
  uint64_t clipped = 0;
  encode(samples, {OutputFormat::kFlac, 16, 8000, 2, std::nullopt, kUnlimited}, 777, true, &clipped);
  EXPECT_EQ(clipped, 2u);
}

TEST(Encoder, FloatKeepsWhatIsBeyondOne) {
  const std::vector<float> samples = {1.0f, -1.5f, 1e20f, 1e-40f, -0.0f};
  uint64_t clipped = 0;
  const Bytes file = encode(samples, {OutputFormat::kWav, 32, 8000, 1, std::nullopt, kUnlimited}, 5, false, &clipped);
  EXPECT_EQ(clipped, 0u);
  const Decoded decoded = decode(file);
  EXPECT_EQ(std::memcmp(decoded.samples.data(), samples.data(), 5 * sizeof(float)), 0);
}

TEST(Encoder, NonFiniteSamplesAreRefusedByPlace) {
  initialize_ffmpeg();
  for (const int bits : {16, 32}) {
    Encoder encoder({OutputFormat::kWav, bits, 8000, 2, std::nullopt, kUnlimited});
    encoder.push(std::vector<float>(2 * 5000), never);
    std::vector<float> samples(2 * 5000);
    samples[5000 + 4500] = std::numeric_limits<float>::quiet_NaN();
    const AudioError error = error_of([&] { encoder.push(samples, never); });
    EXPECT_EQ(error.code(), ErrorCode::kNonFinite);
    EXPECT_STREQ(error.what(), "frame 9500 of channel 1 is NaN");
  }
}

TEST(Encoder, NothingIsNoFile) {
  initialize_ffmpeg();
  for (const auto format : {OutputFormat::kWav, OutputFormat::kFlac}) {
    Encoder encoder({format, 16, 8000, 1, std::nullopt, kUnlimited});
    encoder.push({}, never);
    EXPECT_EQ(error_of([&] { encoder.finish(never); }).code(), ErrorCode::kEmpty);
  }
}

TEST(Encoder, StopsWhenCancelled) {
  initialize_ffmpeg();
  Cancellation cancellation;
  Encoder encoder({OutputFormat::kFlac, 16, 8000, 1, std::nullopt, kUnlimited});
  encoder.push(noise(100, 1), never);
  cancellation.cancel();
  EXPECT_EQ(error_of([&] { encoder.push(noise(100, 1), cancellation); }).code(), ErrorCode::kAborted);
  EXPECT_EQ(error_of([&] { encoder.finish(cancellation); }).code(), ErrorCode::kAborted);
}

// A JavaScript array that is too long ends the process.
TEST(Encoder, AFileThatIsTooLargeIsALimitErrorAndAStreamIsNot) {
  initialize_ffmpeg();
  const auto samples = noise(20'000, 1);
  for (const auto format : {OutputFormat::kWav, OutputFormat::kFlac}) {
    const AudioError error = error_of([&] {
      Encoder encoder({format, 16, 8000, 1, samples.size(), 15'000});
      encoder.push(samples, never);
      encoder.finish(never);
    });
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_EQ(error.limit_name(), "encodedBytes");
    EXPECT_EQ(error.max(), 15'000);
    EXPECT_GT(error.actual(), 15'000);
    Encoder stream({format, 16, 8000, 1, std::nullopt, 15'000});
    Bytes file;
    for (size_t start = 0; start < samples.size(); start += 2000) {
      stream.push(std::span(samples).subspan(start, 2000), never);
      append(file, stream.take());
    }
    stream.finish(never);
    append(file, stream.take());
    EXPECT_EQ(decode(file).samples, expected(samples, 16));
  }
}

TEST(Encoder, MemoryThatIsNotThereIsATypedError) {
  initialize_ffmpeg();
  const EncodeOptions options{OutputFormat::kWav, 32, 8000, 64, size_t{1} << 52, kUnlimited};
  EXPECT_EQ(error_of([&] { Encoder{options}; }).code(), ErrorCode::kInternal);
}

}  // namespace cochlea::test
