// What follows from the container and the codec of a stream, beyond what FFmpeg says in one field.
#pragma once

#include <cstdint>

#include "core/ffmpeg.h"
#include "core/media_info.h"

namespace cochlea {

StreamInfo describe(const AVStream& stream);

// A view of both: FFmpeg may learn more of a stream as it reads.
class StreamFacts {
 public:
  // `is_fragmented`: an MP4 whose index grows on the way.
  StreamFacts(const AVFormatContext& format, const AVStream& stream, bool is_fragmented)
      : format_(format), stream_(stream), is_fragmented_(is_fragmented) {}

  bool is_mov() const;
  // Whether the timestamps of packets count frames: those of PCM and FLAC do, and of MP4 without fragments.
  bool times_every_frame() const;
  // Whether the container goes to packets that were met before: those without an index of their own do.
  bool finds_packets() const { return (format_.iformat->flags & AVFMT_GENERIC_INDEX) != 0; }
  // Whether the stream's duration is what a header says, not what FFmpeg guessed from sizes.
  bool states_its_end() const;
  // Whether that duration is exact to the frame: lossless codecs, but for containers that count padding.
  bool states_exact_length() const;
  // PCM and the like: the bytes of a sample are known, so sizes can be checked against the source.
  double bytes_per_frame() const;
  // Of MP4: whether FFmpeg gives its packets as they are. A parser changes the stream's facts as it reads.
  bool is_unparsed() const;
  // In seconds, as the header states or FFmpeg estimates it; negative when unknown.
  double duration() const;
  // Of all streams of the container.
  int64_t index_entries() const;

 private:
  const AVFormatContext& format_;
  const AVStream& stream_;
  bool is_fragmented_;
};

}  // namespace cochlea
