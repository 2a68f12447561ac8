#include "core/sound/mixer.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

struct Layout {
  int channels = 0;
  const char* name = nullptr;  // null: only counted, as in a plain WAV file
};

// A frame of interleaved samples, given frame by frame.
template <typename T>
FrameHandle make(AVSampleFormat format, const Layout& layout, const std::vector<T>& interleaved) {
  FrameHandle frame = make_frame();
  frame->format = format;
  frame->sample_rate = 16'000;
  frame->nb_samples = static_cast<int>(interleaved.size()) / layout.channels;
  if (layout.name != nullptr) {
    EXPECT_EQ(av_channel_layout_from_string(&frame->ch_layout, layout.name), 0);
  } else {
    frame->ch_layout.order = AV_CHANNEL_ORDER_UNSPEC;
    frame->ch_layout.nb_channels = layout.channels;
  }
  EXPECT_EQ(frame->ch_layout.nb_channels, layout.channels);
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  for (size_t i = 0; i < interleaved.size(); ++i) {
    const size_t channel = i % static_cast<size_t>(layout.channels);
    const size_t position = i / static_cast<size_t>(layout.channels);
    const bool planar = av_sample_fmt_is_planar(format) != 0;
    uint8_t* const to =
        planar ? frame->extended_data[channel] + position * sizeof(T) : frame->extended_data[0] + i * sizeof(T);
    std::memcpy(to, &interleaved[i], sizeof(T));
  }
  return frame;
}

struct Mixed {
  std::vector<std::vector<float>> planes;
  Damage damage;
};

Mixed mix(const AVFrame& frame, int channels, Downmix downmix, NonFinite non_finite = NonFinite::kError) {
  Mixed mixed;
  std::vector<float*> to;
  for (int c = 0; c < channels; ++c) mixed.planes.emplace_back(static_cast<size_t>(frame.nb_samples), -9.0f);
  for (auto& plane : mixed.planes) to.push_back(plane.data());
  Mixer(frame, channels, downmix, non_finite).mix(frame, to.data(), mixed.damage);
  return mixed;
}

// One frame per channel, in which that channel alone is 1: the result is the mixer's matrix.
std::vector<std::vector<float>> impulses(const Layout& layout, int channels, Downmix downmix) {
  std::vector<float> interleaved(static_cast<size_t>(layout.channels * layout.channels));
  for (int c = 0; c < layout.channels; ++c) interleaved[static_cast<size_t>(c * layout.channels + c)] = 1;
  return mix(*make(AV_SAMPLE_FMT_FLT, layout, interleaved), channels, downmix).planes;
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-6) << "channel " << i;
}

}  // namespace

// numpy 2.4.6: x = noise(3 · channels, seed = channels).reshape(3, channels); np.mean(x.T, axis=0),
// which is what librosa.to_mono computes from what soundfile reads. Values are the bits of float32.
TEST(Mixer, TheMeanIsThatOfNumpyBitForBit) {
  struct Case {
    int channels;
    std::array<uint32_t, 3> expected;
  };
  const Case cases[] = {{1, {0x3ef22166, 0x3f3d110c, 0xbf7dd3fd}},  {2, {0x3f3262a2, 0xbd8d9e8c, 0xbe29bd3a}},
                        {3, {0xbe670963, 0x3c95453b, 0x3d21ce45}},  {4, {0xbebf27c6, 0x3c8fd4a0, 0xbe8ead04}},
                        {5, {0xbdb22807, 0x3ecce54b, 0x3e540d00}},  {6, {0x3dfc8105, 0xbeb87e9f, 0x3e8695cb}},
                        {7, {0xbc4546e5, 0xbde4738b, 0x3d9d7009}},  {8, {0xbdd467ae, 0x3ea22430, 0xbde1e921}},
                        {9, {0x3e8db719, 0x3e6d5244, 0x3c61ab4e}},  {10, {0xbdd30e8b, 0x3eb3db89, 0x3e0750eb}},
                        {11, {0x3d99b430, 0x3e2fb372, 0xbd817edb}}, {12, {0xbbcea423, 0x3e784635, 0xbe28521f}},
                        {16, {0xbdeea766, 0xbe253f26, 0x3e572ec8}}, {17, {0x3e1a55aa, 0xbdae95a2, 0x3e462de8}},
                        {24, {0xbd40a1e9, 0xbd1a5bdb, 0x3e109f26}}};
  for (const Case& each : cases) {
    const std::vector<float> samples =
        noise(static_cast<size_t>(3 * each.channels), static_cast<uint32_t>(each.channels));
    for (const AVSampleFormat format : {AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP}) {
      const Mixed mixed = mix(*make(format, {each.channels}, samples), 1, Downmix::kMean);
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(std::bit_cast<uint32_t>(mixed.planes[0][i]), each.expected[i])
            << each.channels << " channels, frame " << i << ", " << av_get_sample_fmt_name(format);
      }
    }
  }
}

TEST(Mixer, FullScaleOfEverySampleFormatIsOne) {
  EXPECT_EQ(mix(*make<uint8_t>(AV_SAMPLE_FMT_U8, {1}, {0, 128, 255, 64}), 1, Downmix::kMean).planes[0],
            (std::vector<float>{-1, 0, 127.0f / 128, -0.5f}));
  EXPECT_EQ(mix(*make<int16_t>(AV_SAMPLE_FMT_S16, {1}, {INT16_MIN, 0, INT16_MAX, 16384}), 1, Downmix::kMean).planes[0],
            (std::vector<float>{-1, 0, 32767.0f / 32768, 0.5f}));
  EXPECT_EQ(
      mix(*make<int32_t>(AV_SAMPLE_FMT_S32P, {1}, {INT32_MIN, 0, 1 << 30, -(1 << 29)}), 1, Downmix::kMean).planes[0],
      (std::vector<float>{-1, 0, 0.5f, -0.25f}));
  EXPECT_EQ(mix(*make<int64_t>(AV_SAMPLE_FMT_S64, {1}, {INT64_MIN, 0, int64_t{1} << 62}), 1, Downmix::kMean).planes[0],
            (std::vector<float>{-1, 0, 0.5f}));
  EXPECT_EQ(mix(*make<double>(AV_SAMPLE_FMT_DBL, {1}, {-1.5, 0.25}), 1, Downmix::kMean).planes[0],
            (std::vector<float>{-1.5f, 0.25f}));
}

TEST(Mixer, StereoIsAveraged) {
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P}) {
    EXPECT_EQ(mix(*make<int16_t>(format, {2}, {16384, -16384, 32767, 32767, 1, 2}), 1, Downmix::kMean).planes[0],
              (std::vector<float>{0, 32767.0f / 32768, 1.5f / 32768}));
  }
}

TEST(Mixer, FirstTakesTheFirstChannels) {
  const FrameHandle frame = make<float>(AV_SAMPLE_FMT_FLT, {3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(mix(*frame, 1, Downmix::kFirst).planes, (std::vector<std::vector<float>>{{1, 4}}));
  EXPECT_EQ(mix(*frame, 2, Downmix::kFirst).planes, (std::vector<std::vector<float>>{{1, 4}, {2, 5}}));
  EXPECT_EQ(mix(*frame, 3, Downmix::kFirst).planes, (std::vector<std::vector<float>>{{1, 4}, {2, 5}, {3, 6}}));
}

TEST(Mixer, MonoIsCopiedToBothSides) {
  const FrameHandle frame = make<float>(AV_SAMPLE_FMT_FLTP, {1}, {0.25f, -0.5f});
  EXPECT_EQ(mix(*frame, 2, Downmix::kMean).planes, (std::vector<std::vector<float>>{{0.25f, -0.5f}, {0.25f, -0.5f}}));
}

// libswresample's own numbers for float: centre and surround at -3 dB, no LFE, no normalisation.
TEST(Mixer, FfmpegTakesTheMatrixOfSwresample) {
  expect_near(impulses({6, "5.1"}, 1, Downmix::kFfmpeg)[0], {M_SQRT1_2, M_SQRT1_2, 1, 0, 0.5, 0.5});
  expect_near(impulses({2, "stereo"}, 1, Downmix::kFfmpeg)[0], {M_SQRT1_2, M_SQRT1_2});
  const auto stereo = impulses({6, "5.1"}, 2, Downmix::kFfmpeg);
  expect_near(stereo[0], {1, 0, M_SQRT1_2, 0, M_SQRT1_2, 0});
  expect_near(stereo[1], {0, 1, M_SQRT1_2, 0, 0, M_SQRT1_2});
}

TEST(Mixer, TheMeanToStereoNeverExceedsFullScale) {
  const auto stereo = impulses({6, "5.1"}, 2, Downmix::kMean);
  const double norm = 1 + 2 * M_SQRT1_2;
  expect_near(stereo[0], {1 / norm, 0, M_SQRT1_2 / norm, 0, M_SQRT1_2 / norm, 0});
  expect_near(stereo[1], {0, 1 / norm, M_SQRT1_2 / norm, 0, 0, M_SQRT1_2 / norm});
}

TEST(Mixer, NoneRefusesAnotherChannelCount) {
  const FrameHandle stereo = make<float>(AV_SAMPLE_FMT_FLT, {2}, {1, 2});
  EXPECT_EQ(error_of([&] { mix(*stereo, 1, Downmix::kNone); }).code(), ErrorCode::kUnsupportedLayout);
  EXPECT_EQ(mix(*stereo, 2, Downmix::kNone).planes, (std::vector<std::vector<float>>{{1}, {2}}));
  const FrameHandle mono = make<float>(AV_SAMPLE_FMT_FLT, {1}, {1});
  EXPECT_EQ(error_of([&] { mix(*mono, 2, Downmix::kNone); }).code(), ErrorCode::kUnsupportedLayout);
}

TEST(Mixer, NonFiniteSamplesAreAnErrorByDefault) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    for (const AVSampleFormat format : {AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP}) {
      const FrameHandle frame = make<float>(format, {2}, {0, 0, 0, bad, 0, 0});
      EXPECT_EQ(error_of([&] { mix(*frame, 1, Downmix::kMean); }).code(), ErrorCode::kCorrupt);
    }
  }
  // A double that no float holds becomes infinite: as bad.
  EXPECT_EQ(error_of([] { mix(*make<double>(AV_SAMPLE_FMT_DBL, {1}, {1e300}), 1, Downmix::kMean); }).code(),
            ErrorCode::kCorrupt);
}

TEST(Mixer, NonFiniteSamplesBecomeZeroAndAreCounted) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP}) {
    const FrameHandle frame = make<float>(format, {2}, {1, 0.5f, kNan, 0.5f, kInfinity, -kInfinity, 0.25f, 0.75f});
    const Mixed mean = mix(*frame, 1, Downmix::kMean, NonFinite::kZero);
    EXPECT_EQ(mean.planes[0], (std::vector<float>{0.75f, 0.25f, 0, 0.5f}));
    EXPECT_EQ(mean.damage.non_finite, 3);
    const Mixed both = mix(*frame, 2, Downmix::kMean, NonFinite::kZero);
    EXPECT_EQ(both.planes, (std::vector<std::vector<float>>{{1, 0, 0, 0.25f}, {0.5f, 0.5f, 0, 0.75f}}));
    EXPECT_EQ(both.damage.non_finite, 3);
  }
}

TEST(Mixer, AFrameOfAnotherFormatOrLayoutDoesNotFit) {
  const FrameHandle stereo = make<float>(AV_SAMPLE_FMT_FLT, {2, "stereo"}, {1, 2});
  const Mixer mixer(*stereo, 1, Downmix::kMean, NonFinite::kError);
  EXPECT_TRUE(mixer.fits(*stereo));
  EXPECT_FALSE(mixer.fits(*make<float>(AV_SAMPLE_FMT_FLTP, {2, "stereo"}, {1, 2})));
  EXPECT_FALSE(mixer.fits(*make<float>(AV_SAMPLE_FMT_FLT, {1, "mono"}, {1, 2})));
  EXPECT_FALSE(mixer.fits(*make<float>(AV_SAMPLE_FMT_FLT, {2, "downmix"}, {1, 2})));
}

}  // namespace cochlea::test
