#include "core/demuxing/open_format.h"

#include <string>
#include <string_view>

#include "allow_list.h"
#include "core/error.h"

namespace cochlea {

// Note [Untrusted containers]
// A custom AVIOContext alone is not safe: a few bytes of ffconcat text handed over as a buffer make a
// full FFmpeg open a local file. The layers, each enough for most attacks:
//   1. Only audio demuxers, decoders and parsers are compiled (native/formats.json). There is no
//      protocol at all, no concat, hls, dash, image2, sdp or rtsp.
//   2. The probed demuxer must be on the allow-list, and format_whitelist and codec_whitelist hold for
//      whatever FFmpeg opens by itself. protocol_whitelist is empty.
//   3. io_open, by which a demuxer asks for another file, refuses.
//   4. What a header can cost is bounded: Note [Hostile headers].
//   5. Streams that are not decoded are discarded and their codecs never opened (open_container.cpp).

// Note [Hostile headers]
// A header of a few kilobytes can claim millions of samples, streams, tags or chapters, name each of them in all
// others, or send its reader back again and again; FFmpeg asks nobody whether to go on while it follows. So that
// opening costs time in proportion to the bytes, and memory too:
//   - FFmpeg's tables, lists and dictionaries have an end, and what Cochlea does not use is stepped over: the patches
//     0100 to 0199 in native/dependencies/patches, each of which says what it bounds.
//   - max_streams, probesize and max_probe_packets bound what is looked at, kMostRewound what is looked at again, and
//     one cap holds for every single allocation (ffmpeg.cpp).
//   - Where the work left is more than milliseconds (an index of millions of samples), FFmpeg is patched to ask.
// test/safe/hostile writes the worst header of each kind; test/safe/hostile-headers.test.ts measures them.

namespace {

// Of any kind. What a user may set, the limit on audio streams, is lower.
constexpr int kMaxStreams = 512;
// Bytes that a demuxer may go back by, beside eight times those that it has read.
constexpr int64_t kMostRewound = int64_t{32} << 20;
constexpr int64_t kProbeBytes = 5'000'000;
constexpr int kMaxProbePackets = 2500;
// FFmpeg reads up to 50 packets in the hope of a timestamp, which WAV and raw MPEG audio do not have: a megabyte of
// a source that is still coming.
constexpr int kMaxTimestampPackets = 1;
// FFmpeg searches 16-bit PCM in WAV for DTS, AC-3 and MPEG audio, again and again over up to 2500
// packets: 7 ms for three seconds of sound. One look at 16 KiB finds the repeating frames of DTS, or
// there are none. Larger packets than FFmpeg's 4 KiB also cost less each.
constexpr int kMaxPcmProbePackets = 1;
constexpr char kPcmPacketBytes[] = "16384";
// Of audio that is still coming, a packet has to wait for its last byte: an eighth of a second at 16 kHz. Where DTS
// passes for PCM, FFmpeg must see as much of it as of a file, to find out.
constexpr char kLivePcmPacketBytes[] = "4096";

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

int should_stop(void* lease) { return static_cast<const Lease*>(lease)->should_stop() ? 1 : 0; }

void set_text(char** field, const char* value) {
  *field = av_strdup(value);
  if (*field == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
}

// Whether its packets end where the bytes at hand do, if so asked: see patch 0040.
bool packs_what_is_at_hand(const AVFormatContext& context) {
  return context.nb_streams == 1 &&
         (is_pcm(context.streams[0]->codecpar->codec_id) || std::string_view(context.iformat->name) == "mp3");
}

bool is_wav(const AVInputFormat& format) {
  const std::string_view name(format.name);
  return name == "wav" || name == "w64";
}

void restrict_to(const AVInputFormat& format, const RawFormat& raw, bool is_feed, AVFormatContext& context) {
  context.flags |= AVFMT_FLAG_CUSTOM_IO;
  context.io_open = refuse_to_open;
  context.max_streams = kMaxStreams;
  context.probesize = kProbeBytes;
  context.max_probe_packets = is_wav(format) ? kMaxPcmProbePackets : kMaxProbePackets;
  if (is_wav(format) || is_feed) context.max_ts_probe = kMaxTimestampPackets;
  set_text(&context.format_whitelist, raw.codec.empty() ? kAllowedContainers : kAllowedRaw);
  set_text(&context.codec_whitelist, kAllowedDecoders);
  set_text(&context.protocol_whitelist, "");
}

}  // namespace

FormatHandle open_format(const AVInputFormat& format, IoContext& io, Lease& lease, const Opening& opening) {
  FormatHandle handle(avformat_alloc_context());
  if (!handle) throw AudioError(ErrorCode::kInternal, "out of memory");
  const RawFormat& raw = opening.raw;
  // What is still coming, and is what it seems to be.
  const bool is_live = !lease.source->seekable() && !opening.is_disguised;
  handle->pb = io.get();
  handle->pb->max_rewound = kMostRewound;
  handle->opaque = &opening.complaints;
  handle->interrupt_callback = {should_stop, &lease};
  restrict_to(format, raw, !lease.source->seekable(), *handle);

  Options options;
  if (is_wav(format)) options.set("max_size", is_live ? kLivePcmPacketBytes : kPcmPacketBytes);
  if (!raw.codec.empty()) {
    options.set("sample_rate", std::to_string(raw.sample_rate));
    options.set("ch_layout", std::to_string(raw.channels) + "c");
  }
  const auto check = [&] {
    lease.cancellation->check();
    io.check();
    check_bounds(io);
  };
  const std::string container(format.name);
  // avformat_open_input frees the context when it fails.
  AVFormatContext* context = handle.release();
  const int opened = avformat_open_input(&context, "", &format, options.address());
  handle.reset(context);
  check();
  if (opened < 0) {
    throw AudioError(ErrorCode::kCorrupt, "the " + container + " header cannot be read: " + error_text(opened));
  }
  // Before FFmpeg opens a decoder for each of them.
  check_streams(*handle, opening.limits);
  if (is_live && packs_what_is_at_hand(*handle)) {
    handle->flags |= AVFMT_FLAG_NONBLOCK;
    // As large as those of a file where as much is at hand.
    if (is_wav(format)) av_opt_set(handle->priv_data, "max_size", kPcmPacketBytes, 0);
  }
  const int found = avformat_find_stream_info(handle.get(), nullptr);
  check();
  if (found < 0) {
    throw AudioError(ErrorCode::kCorrupt, "no stream of this " + container + " can be read: " + error_text(found));
  }
  // MPEG streams are read again from their start, after a look at their end for the duration.
  if (handle->duration_estimation_method == AVFMT_DURATION_FROM_PTS) opening.complaints = 0;
  return handle;
}

void check_bounds(const IoContext& io) {
  const int error = io.get()->error;
  if (error == AVERROR(EMFILE)) {
    throw AudioError::limit("streams", kMaxStreams, kMaxStreams + 1, "the source has more streams than are looked at");
  }
  if (error == AVERROR(ELOOP)) {
    throw AudioError(ErrorCode::kCorrupt, "the header has its own bytes read again and again");
  }
}

void check_streams(const AVFormatContext& context, const Limits& limits) {
  double count = 0;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    if (context.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) ++count;
  }
  if (count > limits.streams) {
    throw AudioError::limit("streams", limits.streams, count, "the source has more audio streams than the limit");
  }
}

}  // namespace cochlea
