// Container → packets of one audio stream.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/decode_options.h"
#include "core/demuxing/io_context.h"
#include "core/demuxing/packet_index.h"
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

  // For another job, see Note [Kept containers]: whether it can go back to where it was when it had opened the
  // container, and that saves time.
  bool is_worth_keeping() const;
  // Forgets whom it served.
  void rest() { lease_ = {}; }
  // Serves another job, of which `source` has the same bytes, as one does that was just opened. False if it does not
  // find back there: it is of no use any more. Throws kLimit, kAborted.
  bool resume(ByteSource& source, const Limits& limits, const Cancellation& cancellation);
  // What it was asked for.
  int wanted_stream() const { return wanted_stream_; }
  // Roughly, of memory.
  size_t bytes() const;

  // Whether it goes to packets that were met before: containers without an index of their own do.
  bool finds_packets() const { return (format_->iformat->flags & AVFMT_GENERIC_INDEX) != 0; }
  bool seek(const Checkpoint& checkpoint);
  // What is known of the source's packets, or null.
  PacketIndex* index() const { return lease_.source->index(); }

  // How often the demuxer has met something that it skipped: see Note [Damage that only the log tells].
  int64_t complaints() const { return complaints_; }

  const AVStream& stream() const { return *stream_; }
  const AVCodec& codec() const { return *codec_; }
  const MediaInfo& info() const { return info_; }
  bool is_mov() const;
  // Whether the timestamps of packets count frames: those of PCM and FLAC do, and of MP4 without fragments.
  bool times_every_frame() const;
  // Whether a FLAC file is one stream: see Note [Joined FLAC]. Reads the source.
  bool is_one_flac();
  // Whether the stream's duration is what a header says, not what FFmpeg guessed from sizes.
  bool states_its_end() const;
  // Whether that duration is exact to the frame: lossless codecs, but for containers that count padding.
  bool states_exact_length() const;
  // Whether the source holds fewer bytes than it states. Of one that is still coming: once its end was seen.
  bool is_cut_off() const { return lease_.source->size() >= 0 && lease_.source->size() < stated_size_; }
  // PCM and the like: the bytes of a sample are known, so sizes can be checked against the source.
  double bytes_per_frame() const;

 private:
  void check_size(const Limits& limits) const;
  void start(const RawFormat& raw, const Limits& limits);
  void choose_stream(const Limits& limits);
  AudioError refusal() const;
  void describe();
  void remember(const AVPacket& packet);
  bool rewind();
  bool is_unparsed() const;
  int64_t index_entries() const;

  Lease lease_;
  int wanted_stream_;
  std::optional<IoContext> io_;
  int64_t complaints_ = 0;
  FormatHandle format_;
  AVStream* stream_ = nullptr;
  const AVCodec* codec_ = nullptr;
  MediaInfo info_;
  int64_t stated_size_ = 0;
  bool is_fragmented_ = false;  // an MP4 whose index grows on the way
  bool is_disguised_ = false;   // it comes as PCM, but is not
  std::deque<PacketHandle> unread_;

  std::vector<std::string> messages_;  // FFmpeg's, of opening
  int64_t opened_entries_ = 0;
  PacketHandle first_;       // packet that was read, if any was and it is an MP4
  bool has_turned_ = false;  // since, the stream changed its codec's configuration
};

}  // namespace cochlea
