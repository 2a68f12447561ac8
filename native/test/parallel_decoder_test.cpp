// Segments on several threads against one decoder from start to end: the same to the bit, whatever the bytes are.
#include "core/decoding/parallel_decoder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "core/decoding/decoder.h"
#include "core/source/byte_source.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

namespace fs = std::filesystem;

// Small, so that fixtures of a few seconds have several.
constexpr int64_t kSegmentSamples = 1 << 12;

Bytes read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes fixture(const char* name) { return read_file(fs::path(COCHLEA_FIXTURES) / "formats" / name); }

// The same recording again and again. MPEG audio and ADTS are packets and nothing else: the seams of the
// recordings are what an editor leaves.
Bytes repeated(const Bytes& bytes, int times) {
  Bytes all;
  for (int i = 0; i < times; ++i) all.insert(all.end(), bytes.begin(), bytes.end());
  return all;
}

// All channels, unless `channels` says otherwise.
DecodeOptions options_with(OnDamage on_damage, int channels = 0, Downmix downmix = Downmix::kMean,
                           NonFinite non_finite = NonFinite::kError) {
  DecodeOptions options;
  options.on_damage = on_damage;
  options.channels = channels;
  options.downmix = downmix;
  options.non_finite = non_finite;
  return options;
}

// Everything that comes out of a decoder, mixed, one byte after the other.
struct Outcome {
  Bytes bytes;
  int64_t frames = 0;
  int64_t mixed = 0;  // of them, by workers
  Damage damage;
  std::string error;
  bool parallel = false;  // to the end

  bool operator==(const Outcome& other) const {
    return bytes == other.bytes && frames == other.frames && damage.packets == other.damage.packets &&
           damage.truncated == other.damage.truncated && damage.non_finite == other.damage.non_finite &&
           damage.messages == other.damage.messages && error == other.error;
  }
};

void append(Outcome& outcome, int rate, int frames, const float* const* planes, int channels) {
  const auto put = [&](const void* from, size_t count) {
    const auto* first = static_cast<const uint8_t*>(from);
    outcome.bytes.insert(outcome.bytes.end(), first, first + count);
  };
  put(&rate, sizeof rate);
  put(&frames, sizeof frames);
  for (int c = 0; c < channels; ++c) put(planes[c], static_cast<size_t>(frames) * sizeof(float));
  ++outcome.frames;
}

// What a decoder has not mixed, is mixed as Pipeline does. `next` gives one DecoderOutput after the other.
template <typename Next>
void drain(Next next, const DecodeOptions& options, Outcome& outcome) {
  int channels = options.channels;
  std::optional<Mixer> mixer;
  while (true) {
    const DecoderOutput decoded = next();
    if (std::holds_alternative<EndOfAudio>(decoded)) return;
    if (const auto* mixed = std::get_if<MixedPlanes>(&decoded)) {
      append(outcome, mixed->sample_rate, mixed->frames, mixed->planes, channels);
      ++outcome.mixed;
    } else {
      const AVFrame& frame = *std::get<AVFrame*>(decoded);
      if (channels == 0) channels = frame.ch_layout.nb_channels;
      if (!mixer || !mixer->fits(frame)) mixer.emplace(frame, channels, options.downmix, options.non_finite);
      Block block(channels);
      mixer->mix(frame, block.space(static_cast<size_t>(frame.nb_samples), 0), outcome.damage);
      append(outcome, frame.sample_rate, frame.nb_samples, block.data(), channels);
    }
  }
}

// On one thread with 0 threads: by Decoder, which knows of no segments.
Outcome outcome_of(const Bytes& bytes, int threads, const DecodeOptions& options) {
  initialize_ffmpeg();
  Outcome outcome;
  std::vector<std::string> messages;
  try {
    const LogScope scope(messages);
    const Cancellation cancellation;
    MemorySource source(bytes);
    Demuxer demuxer(source, {}, -1, options.limits, cancellation);
    if (threads == 0) {
      Decoder decoder(demuxer, options.on_damage, options.limits, cancellation);
      const FrameHandle frame = make_frame();
      const auto next = [&] {
        av_frame_unref(frame.get());
        return decoder.next(*frame, outcome.damage) ? DecoderOutput(frame.get()) : DecoderOutput(EndOfAudio());
      };
      drain(next, options, outcome);
    } else {
      ParallelDecoder decoder(demuxer, options, threads, cancellation, kSegmentSamples);
      drain([&] { return decoder.next(outcome.damage); }, options, outcome);
      outcome.parallel = decoder.is_parallel();
    }
  } catch (const AudioError& error) {
    outcome.error = error.what();
  }
  outcome.damage.messages = messages;
  return outcome;
}

void expect_same(const Bytes& bytes, const DecodeOptions& options = options_with(OnDamage::kConceal)) {
  const Outcome serial = outcome_of(bytes, 0, options);
  for (const int threads : {2, 3, 8}) {
    const Outcome parallel = outcome_of(bytes, threads, options);
    EXPECT_EQ(parallel.frames, serial.frames);
    EXPECT_EQ(parallel.damage.packets, serial.damage.packets);
    EXPECT_EQ(parallel.damage.truncated, serial.damage.truncated);
    EXPECT_EQ(parallel.damage.non_finite, serial.damage.non_finite);
    EXPECT_EQ(parallel.damage.messages, serial.damage.messages);
    EXPECT_EQ(parallel.error, serial.error);
    EXPECT_TRUE(parallel == serial) << "samples differ with " << threads << " threads";
  }
}

bool stays_parallel(const char* name, int times = 1) {
  return outcome_of(repeated(fixture(name), times), 3, {}).parallel;
}

bool ended(const DecoderOutput& decoded) { return std::holds_alternative<EndOfAudio>(decoded); }

uint32_t next_random(uint32_t& seed) { return (seed = seed * 1664525u + 1013904223u) >> 8; }

}  // namespace

TEST(ParallelDecoder, EqualsOneDecoderForEveryFixture) {
  size_t files = 0;
  for (const char* folder : {"formats", "speech"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(COCHLEA_FIXTURES) / folder)) {
      SCOPED_TRACE(entry.path());
      expect_same(read_file(entry.path()));
      ++files;
    }
  }
  EXPECT_GT(files, 100u);
}

// Equality alone could mean that every seam was refused.
TEST(ParallelDecoder, StaysParallelWhereEverySeamHolds) {
  for (const char* name :
       {"mpeg-mp3-cbr.mp3", "mpeg-mp3-vbr.mp3", "mpeg-mp3-2.5-8k.mp3", "mpeg-mp3-mono-16k.mp3", "mkv-mp3.mka",
        "mp4-mp3.mp4", "flac-16.flac", "flac-24.flac", "flac-5.1.flac", "ogg-flac.oga", "m4a-alac.m4a", "mkv-alac.mka",
        "ogg-vorbis.ogg", "mkv-vorbis.mka", "ogg-vorbis-5.1.ogg", "tta-16.tta", "mkv-wavpack.mka"}) {
    EXPECT_TRUE(stays_parallel(name)) << name;
  }
}

// Low rates spread one granule's main data over many packets.
TEST(ParallelDecoder, EqualsOneDecoderForLongMpegAudio) {
  for (const char* name : {"mpeg-mp3-cbr.mp3", "mpeg-mp3-vbr.mp3", "mpeg-mp3-2.5-8k.mp3", "mpeg-mp3-mono-16k.mp3",
                           "mpeg-mp3-untagged.mp3", "mpeg-mp2.mp2", "mpeg-mp2-lsf.mp2", "mpeg-mp1.mp1"}) {
    SCOPED_TRACE(name);
    expect_same(repeated(fixture(name), 12));
  }
}

// Changes of rate, channels and coding in the middle.
TEST(ParallelDecoder, EqualsOneDecoderWhereTheStreamChanges) {
  for (const auto& [first, second] :
       {std::pair("mpeg-mp3-cbr.mp3", "mpeg-mp3-mono-16k.mp3"), std::pair("mpeg-mp3-mono-16k.mp3", "mpeg-mp3-cbr.mp3"),
        std::pair("adts-aac.aac", "adts-aac-mono-16k.aac"), std::pair("adts-aac.aac", "adts-aac-5.1.aac"),
        std::pair("ogg-vorbis.ogg", "ogg-vorbis-5.1.ogg"), std::pair("ogg-flac.oga", "ogg-flac.oga")}) {
    SCOPED_TRACE(std::string(first) + " and " + second);
    Bytes bytes = repeated(fixture(first), 3);
    for (const uint8_t byte : repeated(fixture(second), 3)) bytes.push_back(byte);
    for (const uint8_t byte : fixture(first)) bytes.push_back(byte);
    expect_same(bytes);
  }
}

TEST(ParallelDecoder, ReportsTheSameDamage) {
  uint32_t seed = 7;
  for (const char* name :
       {"mpeg-mp3-cbr.mp3", "mpeg-mp3-vbr.mp3", "mpeg-mp2.mp2", "adts-aac.aac", "m4a-aac.m4a", "flac-16.flac",
        "ogg-flac.oga", "ogg-vorbis.ogg", "m4a-alac.m4a", "mkv-wavpack.mka", "tta-16.tta"}) {
    for (int round = 0; round < 12; ++round) {
      Bytes bytes = fixture(name);
      for (int flips = 0; flips <= round / 2; ++flips) {
        const size_t at = bytes.size() / 8 + next_random(seed) % (bytes.size() * 7 / 8);
        bytes[at] = static_cast<uint8_t>(next_random(seed));
      }
      if (round % 4 == 3) bytes.resize(bytes.size() / 2 + next_random(seed) % (bytes.size() / 2));
      SCOPED_TRACE(std::string(name) + ", round " + std::to_string(round));
      expect_same(bytes);
      expect_same(bytes, options_with(OnDamage::kError));
    }
  }
}

TEST(ParallelDecoder, MixesAsOneDecoderWould) {
  for (const auto& [name, times] :
       {std::pair("mpeg-mp3-cbr.mp3", 6), std::pair("mpeg-mp3-mono-16k.mp3", 6), std::pair("flac-24.flac", 1),
        std::pair("flac-5.1.flac", 1), std::pair("ogg-vorbis-5.1.ogg", 1), std::pair("wavpack-32.wv", 6)}) {
    SCOPED_TRACE(name);
    const Bytes bytes = repeated(fixture(name), times);
    EXPECT_GT(outcome_of(bytes, 3, {}).mixed, 0);
    for (const int channels : {1, 2}) {
      for (const Downmix downmix : {Downmix::kMean, Downmix::kFfmpeg}) {
        expect_same(bytes, options_with(OnDamage::kConceal, channels, downmix));
      }
    }
    expect_same(bytes, options_with(OnDamage::kConceal, 1, Downmix::kFirst));
  }
}

// Flipped bits of float samples make numbers that are none.
TEST(ParallelDecoder, MeetsSamplesThatAreNotFiniteInTheirOrder) {
  uint32_t seed = 3;
  int met = 0;
  const Bytes clean = repeated(fixture("wavpack-float.wv"), 8);
  for (int round = 0; round < 60; ++round) {
    Bytes bytes = clean;
    for (int flips = 0; flips < 4; ++flips) {
      bytes[bytes.size() / 4 + next_random(seed) % (bytes.size() * 3 / 4)] = static_cast<uint8_t>(next_random(seed));
    }
    SCOPED_TRACE(round);
    const DecodeOptions zero = options_with(OnDamage::kConceal, 1, Downmix::kMean, NonFinite::kZero);
    expect_same(bytes, zero);
    expect_same(bytes, options_with(OnDamage::kConceal, 1));
    const Outcome outcome = outcome_of(bytes, 3, zero);
    met += outcome.mixed > 0 && outcome.damage.non_finite > 0 ? 1 : 0;
  }
  EXPECT_GT(met, 0);
}

TEST(ParallelDecoder, MeetsLimitsOfFramesInTheirOrder) {
  Bytes bytes = repeated(fixture("mpeg-mp3-mono-16k.mp3"), 3);
  for (const uint8_t byte : fixture("mpeg-mp3-cbr.mp3")) bytes.push_back(byte);
  DecodeOptions options;
  options.limits.max_sample_rate = 16'000;
  const Outcome serial = outcome_of(bytes, 0, options);
  EXPECT_NE(serial.error, "");
  EXPECT_GT(serial.frames, 0);
  EXPECT_TRUE(outcome_of(bytes, 3, options) == serial);
}

TEST(ParallelDecoder, StopsInTheMiddle) {
  initialize_ffmpeg();
  const Bytes bytes = repeated(fixture("mpeg-mp3-cbr.mp3"), 40);
  for (const int after : {1, 2, 40, 500}) {
    Cancellation cancellation;
    MemorySource source(bytes);
    Damage damage;
    Demuxer demuxer(source, {}, -1, {}, cancellation);
    const DecodeOptions options;
    ParallelDecoder decoder(demuxer, options, 4, cancellation, kSegmentSamples);
    for (int i = 0; i < after; ++i) ASSERT_FALSE(ended(decoder.next(damage)));
    cancellation.cancel();
    const auto start = std::chrono::steady_clock::now();
    const AudioError error = error_of([&] {
      while (!ended(decoder.next(damage))) {
      }
    });
    EXPECT_EQ(error.code(), ErrorCode::kAborted);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
  }
}

TEST(ParallelDecoder, IsDestroyedAtAnyMoment) {
  initialize_ffmpeg();
  const Bytes bytes = repeated(fixture("mpeg-mp3-cbr.mp3"), 40);
  for (int after = 0; after < 300; after += 7) {
    const Cancellation cancellation;
    MemorySource source(bytes);
    Damage damage;
    Demuxer demuxer(source, {}, -1, {}, cancellation);
    const DecodeOptions options;
    ParallelDecoder decoder(demuxer, options, 3, cancellation, kSegmentSamples);
    for (int i = 0; i < after; ++i) ASSERT_FALSE(ended(decoder.next(damage)));
  }
}

}  // namespace cochlea::test
