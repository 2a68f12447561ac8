// Container → packets of one audio stream.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "core/demuxing/open_container.h"
#include "core/demuxing/packet_index.h"

namespace cochlea {

class Demuxer {
 public:
  // Throws what OpenContainer does.
  Demuxer(ByteSource& source, const RawFormat& raw, int stream, const Limits& limits, const Cancellation& cancellation)
      : container_(source, raw, stream, limits, cancellation) {}

  // Fills `packet` with the next one of the chosen stream; false at the end. `damage.truncated`
  // is set when the end came by an error.
  bool read(AVPacket& packet, Damage& damage);

  // Puts a packet back: read() gives the first of these again before any other, and so on.
  void unread(PacketHandle packet) { unread_.push_back(std::move(packet)); }
  // Goes to the last packet at or before `timestamp`, in units of the stream; false where that is not possible.
  bool seek(int64_t timestamp);
  bool seek(const Checkpoint& checkpoint);
  // What is known of the source's packets, or null.
  PacketIndex* index() const { return container_.lease().source->index(); }
  // Whether a FLAC file is one stream: see Note [Joined FLAC]. Reads the source.
  bool is_one_flac();

  const AVCodec& codec() const { return container_.codec(); }
  const AVStream& stream() const { return container_.stream(); }
  const MediaInfo& info() const { return container_.info(); }
  StreamFacts facts() const { return container_.facts(); }
  const OpenContainer& container() const { return container_; }
  OpenContainer& container() { return container_; }

  // Of an MP4: the packet that was read first, if any was, and whether the stream has changed its codec's configuration
  // since. See Note [Kept containers].
  const AVPacket* first() const { return first_.get(); }
  bool has_turned() const { return has_turned_; }

 private:
  void remember(const AVPacket& packet);

  OpenContainer container_;
  std::deque<PacketHandle> unread_;
  PacketHandle first_;
  bool has_turned_ = false;
};

}  // namespace cochlea
