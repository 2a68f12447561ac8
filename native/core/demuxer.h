// Container → packets of one audio stream. Every layer that keeps hostile bytes from reaching
// anything but an audio demuxer is set here: see Note [Untrusted containers].
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "core/byte_source.h"
#include "core/decode_options.h"
#include "core/ffmpeg.h"
#include "core/media_info.h"

namespace cochlea {

class Demuxer {
 public:
  // Opens the container, reads stream facts, chooses the stream. Throws kUnsupportedContainer,
  // kNoStream, kUnsupportedCodec, kEmpty, kCorrupt, kLimit.
  Demuxer(ByteSource& source, const RawFormat& raw, int stream, const Limits& limits, const Cancellation& cancellation);

  // Fills `packet` with the next one of the chosen stream; false at the end. `damage.truncated`
  // is set when the end came by an error.
  bool read(AVPacket& packet, Damage& damage);

  // Puts a packet back: read() gives the first of these again before any other, and so on.
  void unread(PacketHandle packet) { unread_.push_back(std::move(packet)); }
  // Goes to the last packet at or before `timestamp`, in units of the stream; false where that is not possible.
  bool seek(int64_t timestamp);
  // Whether it goes to packets that were met before: containers without an index of their own do.
  bool finds_packets() const { return (format_->iformat->flags & AVFMT_GENERIC_INDEX) != 0; }
  bool seek(const Checkpoint& checkpoint);
  // What is known of the source's packets, or null.
  PacketIndex* index() const { return source_.index(); }

  // How often the demuxer has met something that it skipped: see Note [Damage that only the log tells].
  int64_t complaints() const { return complaints_; }

  const AVStream& stream() const { return *stream_; }
  const AVCodec& codec() const { return *codec_; }
  const MediaInfo& info() const { return info_; }
  bool is_mov() const;
  // Whether the timestamps of packets count frames: those of PCM, FLAC and MP4 do.
  bool times_every_frame() const;
  // Whether the stream's duration is what a header says, not what FFmpeg guessed from sizes.
  bool states_its_end() const;
  // Whether that duration is exact to the frame: lossless codecs, but for containers that count padding.
  bool states_exact_length() const;
  // Whether the source holds fewer bytes than it states. Of one that is still coming: once its end was seen.
  bool is_cut_off() const { return source_.size() >= 0 && source_.size() < stated_size_; }
  // PCM and the like: the bytes of a sample are known, so sizes can be checked against the source.
  double bytes_per_frame() const;

 private:
  const AVInputFormat* probe(const RawFormat& raw);
  bool can_stream(const AVInputFormat& format);
  void open(const AVInputFormat* format, const RawFormat& raw);
  void choose_stream(int wanted);
  void describe();

  ByteSource& source_;
  const Cancellation& cancellation_;
  std::optional<IoContext> io_;
  int64_t complaints_ = 0;
  FormatHandle format_;
  AVStream* stream_ = nullptr;
  const AVCodec* codec_ = nullptr;
  MediaInfo info_;
  int64_t stated_size_ = 0;
  std::deque<PacketHandle> unread_;
};

}  // namespace cochlea
