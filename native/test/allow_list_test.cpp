// Note [Untrusted containers] in open_container.cpp, layer by layer: what is compiled in, what the allow-lists
// add, and what comes of text that makes a full FFmpeg open other files.
#include "allow_list.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "core/demuxing/demuxer.h"
#include "core/ffmpeg.h"
#include "core/source/byte_source.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

std::set<std::string> names(const std::string& list) {
  std::set<std::string> result;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) result.insert(name);
  return result;
}

std::set<std::string> compiled_demuxers() {
  std::set<std::string> result;
  void* state = nullptr;
  while (const AVInputFormat* format = av_demuxer_iterate(&state)) result.merge(names(format->name));
  return result;
}

std::set<std::string> compiled_decoders() {
  std::set<std::string> result;
  void* state = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&state)) {
    if (av_codec_is_decoder(codec)) result.insert(codec->name);
  }
  return result;
}

std::set<std::string> without(const std::set<std::string>& all, const std::set<std::string>& listed) {
  std::set<std::string> rest;
  for (const std::string& name : all) {
    if (!listed.contains(name)) rest.insert(name);
  }
  return rest;
}

Bytes text(const std::string& characters) { return {characters.begin(), characters.end()}; }

ErrorCode code_of(const Bytes& bytes) {
  return error_of([&] { decode(bytes); }).code();
}

}  // namespace

TEST(AllowList, NoProtocolIsCompiledIn) {
  for (const int output : {0, 1}) {
    void* state = nullptr;
    EXPECT_EQ(avio_enum_protocols(&state, output), nullptr);
  }
}

TEST(AllowList, NoDemuxerIsCompiledInThatIsNotListed) {
  std::set<std::string> listed = names(kAllowedContainers);
  listed.merge(names(kAllowedRaw));
  EXPECT_EQ(without(compiled_demuxers(), listed), std::set<std::string>{});
}

TEST(AllowList, NoDecoderIsCompiledInThatIsNotListed) {
  EXPECT_EQ(without(compiled_decoders(), names(kAllowedDecoders)), std::set<std::string>{});
}

TEST(AllowList, EverythingListedIsCompiledIn) {
  EXPECT_EQ(without(names(kAllowedContainers), compiled_demuxers()), std::set<std::string>{});
  EXPECT_EQ(without(names(kAllowedRaw), compiled_demuxers()), std::set<std::string>{});
  EXPECT_EQ(without(names(kAllowedDecoders), compiled_decoders()), std::set<std::string>{});
}

// What writes files is no way in, but it is listed all the same.
TEST(AllowList, NoEncoderAndNoMuxerIsCompiledInThatIsNotListed) {
  std::set<std::string> encoders;
  void* state = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&state)) {
    if (av_codec_is_encoder(codec)) encoders.insert(codec->name);
  }
  EXPECT_EQ(encoders, names(kEncoders));
  std::set<std::string> muxers;
  state = nullptr;
  while (const AVOutputFormat* format = av_muxer_iterate(&state)) muxers.insert(format->name);
  std::set<std::string> listed = names(kMuxers);
  // The muxer of Opus is that of Ogg: configure selects both.
  if (listed.contains("opus")) listed.insert("ogg");
  EXPECT_EQ(muxers, listed);
}

// Some encoders share their names with decoders, and all their codecs: an input must never get one.
TEST(AllowList, WhatEncodesDecodesNothingThatIsNotListed) {
  const std::set<std::string> decoders = names(kAllowedDecoders);
  for (const std::string& name : names(kEncoders)) {
    const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
    ASSERT_NE(encoder, nullptr) << name;
    const AVCodec* decoder = avcodec_find_decoder(encoder->id);
    ASSERT_NE(decoder, nullptr) << name;
    EXPECT_TRUE(av_codec_is_decoder(decoder)) << name;
    EXPECT_TRUE(decoders.contains(decoder->name)) << decoder->name;
    const AVCodec* namesake = avcodec_find_decoder_by_name(name.c_str());
    EXPECT_TRUE(namesake == nullptr || decoders.contains(namesake->name)) << name;
  }
}

// Only audio: a picture or video codec would be surface for attacks and nothing else.
TEST(AllowList, OnlyAudioIsDecodedAndEncoded) {
  void* state = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&state)) EXPECT_EQ(codec->type, AVMEDIA_TYPE_AUDIO) << codec->name;
}

TEST(AllowList, DemuxersThatOpenOtherFilesAreAbsent) {
  const std::set<std::string> compiled = compiled_demuxers();
  for (const char* name : {"concat", "hls", "dash", "image2", "image2pipe", "sdp", "rtsp", "rtp", "lavfi", "imf",
                           "tedcaptions", "webm_dash_manifest", "ffmetadata", "data"}) {
    EXPECT_FALSE(compiled.contains(name)) << name;
  }
}

TEST(AllowList, PlaylistsAreNoAudio) {
  EXPECT_EQ(code_of(text("ffconcat version 1.0\nfile '/etc/passwd'\n")), ErrorCode::kUnsupportedContainer);
  EXPECT_EQ(code_of(text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n")),
            ErrorCode::kUnsupportedContainer);
}

// A caller may name a raw format, and only one of those: not a way to another demuxer.
TEST(AllowList, RawReachesNoContainer) {
  const Bytes bytes = wav16(16'000, 1, noise16(16'000, 1));
  for (const char* codec : {"pcm_wav", "pcm_mp3", "pcm_ogg", "pcm_mov", "pcm_concat"}) {
    DecodeOptions options;
    options.raw = {codec, 16'000, 1};
    const ErrorCode code = error_of([&] { decode(bytes, options); }).code();
    EXPECT_TRUE(code == ErrorCode::kCorrupt || code == ErrorCode::kUnsupportedCodec) << codec;
  }
  DecodeOptions options;
  options.raw = {"pcm_s16le", 16'000, 1};
  // The 44 bytes of the header are 22 samples of noise.
  EXPECT_EQ(decode(bytes, options).samples.size(), 16'022u);
}

}  // namespace cochlea::test
