// The only place that knows FFmpeg's versions, its ownership rules and its global state.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/vorbis_parser.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>
#include <vector>

namespace cochlea {

template <typename T, void (*Free)(T**)>
struct FreeByAddress {
  void operator()(T* object) const { Free(&object); }
};

using FrameHandle = std::unique_ptr<AVFrame, FreeByAddress<AVFrame, av_frame_free>>;
using PacketHandle = std::unique_ptr<AVPacket, FreeByAddress<AVPacket, av_packet_free>>;
using CodecHandle = std::unique_ptr<AVCodecContext, FreeByAddress<AVCodecContext, avcodec_free_context>>;
using FormatHandle = std::unique_ptr<AVFormatContext, FreeByAddress<AVFormatContext, avformat_close_input>>;

// Throw kInternal when memory is short.
FrameHandle make_frame();
PacketHandle make_packet();

// In times, flags, bytes and side data.
bool is_same(const AVPacket& one, const AVPacket& other);

// An AVDictionary that frees what FFmpeg did not take.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&dictionary_); }
  void set(const char* key, const std::string& value);
  AVDictionary** address() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

// A channel layout that frees itself.
class ChannelLayout {
 public:
  ChannelLayout() = default;
  // The source's own layout, or FFmpeg's default for its channel count when it names none.
  static ChannelLayout labelled(const AVChannelLayout& layout);
  static ChannelLayout for_channels(int channels);
  ChannelLayout(const ChannelLayout& other);
  ChannelLayout& operator=(const ChannelLayout& other);
  ~ChannelLayout() { av_channel_layout_uninit(&layout_); }

  const AVChannelLayout& get() const { return layout_; }
  std::string describe() const;

 private:
  AVChannelLayout layout_{};
};

// Samples as they are, of any width: FFmpeg numbers these codecs from here to there.
constexpr bool is_pcm(AVCodecID codec) { return codec >= AV_CODEC_ID_PCM_S16LE && codec < AV_CODEC_ID_ADPCM_IMA_QT; }

// FFmpeg's text for one of its error numbers.
std::string error_text(int ffmpeg_error);

// Gathers FFmpeg's log lines of the current thread while it lives. FFmpeg's log callback is global
// and runs on whichever thread logs: a job is one thread, so a thread-local list is a job's own.
class LogScope {
 public:
  // Takes at most kMaxLines, the first ones: later lines repeat what the first ones say.
  static constexpr size_t kMaxLines = 16;

  explicit LogScope(std::vector<std::string>& lines);
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
  ~LogScope();

  // Lines that were gathered elsewhere, as if they were logged here and now.
  static void append(const std::vector<std::string>& lines);

 private:
  std::vector<std::string>* previous_;
};

// Note [Damage that only the log tells]
// A demuxer skips what fails its checks, such as an Ogg page with a wrong checksum, and says so in the log
// alone: what comes out has a hole that nobody hears of. So it is with Ogg pages and transport stream packets that are
// missing by their numbers, since our patches of both demuxers. Errors that an AVFormatContext logs are counted
// in the int64_t that its `opaque` points to. Which pages a broadcast begins with is not known: the number of the first
// one behind the headers of a link is compared with nothing.

// Sends FFmpeg's log to LogScope. Idempotent and thread-safe; the addon calls it when it loads.
void initialize_ffmpeg();

struct Versions {
  std::string ffmpeg;
  std::string soxr;
  std::string soxr_engine;
  std::string ffmpeg_license;
};

Versions versions();

}  // namespace cochlea
