// A container that is open, the stream of it that is decoded, and facts about both.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/decode_options.h"
#include "core/demuxing/io_context.h"
#include "core/demuxing/stream_facts.h"
#include "core/ffmpeg.h"
#include "core/media_info.h"

namespace cochlea {

// What it says of itself does not change. What FFmpeg keeps inside, its position and its index, does as packets are
// read: that is Demuxer's.
class OpenContainer {
 public:
  // Opens the container from the start of the source, where that is, reads the facts and chooses the stream. Throws
  // kUnsupportedContainer, kNoStream, kUnsupportedCodec, kEmpty, kCorrupt, kLimit.
  OpenContainer(ByteSource& source, const RawFormat& raw, int stream, const Limits& limits,
                const Cancellation& cancellation);
  OpenContainer(const OpenContainer&) = delete;
  OpenContainer& operator=(const OpenContainer&) = delete;

  AVFormatContext& format() { return *format_; }
  const AVFormatContext& format() const { return *format_; }
  AVStream& stream() { return *stream_; }
  const AVStream& stream() const { return *stream_; }
  const AVCodec& codec() const { return *codec_; }
  IoContext& io() { return *io_; }
  const IoContext& io() const { return *io_; }
  // The index among all streams that was asked for.
  int wanted_stream() const { return wanted_stream_; }

  const MediaInfo& info() const { return info_; }
  StreamFacts facts() const { return {*format_, *stream_, is_fragmented_}; }
  // Whether the source holds fewer bytes than it states. Of one that is still coming: once its end was seen.
  bool is_cut_off() const { return lease_.source->size() >= 0 && lease_.source->size() < stated_size_; }
  // How often FFmpeg has met something that it skipped: see Note [Damage that only the log tells].
  int64_t complaints() const { return complaints_; }
  // Of all streams, when it was opened.
  int64_t opened_entries() const { return opened_entries_; }
  // FFmpeg's, of opening.
  const std::vector<std::string>& messages() const { return messages_; }

  // Whom it serves: see Note [Kept containers]. None, or another job of which `source` has the same bytes; then its
  // limits are checked. Throws kLimit.
  void rest() { lease_ = {}; }
  void serve(ByteSource& source, const Limits& limits, const Cancellation& cancellation);
  const Lease& lease() const { return lease_; }

 private:
  void check_size(const Limits& limits) const;
  void open(const RawFormat& raw, const Limits& limits);
  void choose_stream(const Limits& limits);
  AudioError refusal() const;

  Lease lease_;
  int wanted_stream_;
  std::unique_ptr<IoContext> io_;
  int64_t complaints_ = 0;
  FormatHandle format_;
  AVStream* stream_ = nullptr;
  const AVCodec* codec_ = nullptr;
  MediaInfo info_;
  int64_t stated_size_ = 0;
  bool is_fragmented_ = false;
  int64_t opened_entries_ = 0;
  std::vector<std::string> messages_;
};

}  // namespace cochlea
