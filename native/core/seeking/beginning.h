// What the decoder makes of a stream's first packets.
#pragma once

#include <cstdint>
#include <optional>

#include "core/decoding/codec.h"
#include "core/demuxing/demuxer.h"

namespace cochlea {

// Note [Where the first sample lies]
// Which sample is the first one depends on the decoder: it drops what edit lists and encoder delays say, some encoders'
// first access unit gives nothing, others' has to be told apart from what follows. A count of packets from outside
// cannot know. So the first packets are decoded as they are when nothing is skipped, on a decoder of their own, and
// what comes out says where the samples begin. That takes some tenths of a millisecond.
class Beginning {
 public:
  explicit Beginning(const Demuxer& demuxer);

  // Decodes the next packet, which stays the caller's. False for one that does not decode.
  bool take(const AVPacket& packet);

  // Of all packets so far.
  int64_t samples() const { return samples_; }
  int frames() const { return frames_; }
  // Of the first sample, in units of the stream: nothing where packets have none, or where the frames so far do not
  // follow each other without a gap.
  std::optional<int64_t> timestamp() const;

 private:
  Codec codec_;
  AVRational time_base_;
  FrameHandle frame_;
  int64_t samples_ = 0;
  int frames_ = 0;
  int64_t first_ = AV_NOPTS_VALUE;
  bool is_steady_ = true;
};

}  // namespace cochlea
