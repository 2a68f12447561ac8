// How many frames a packet decodes to, without decoding it.
#pragma once

#include <memory>
#include <optional>

#include "core/ffmpeg.h"

namespace cochlea {

// Knows the codecs whose packets tell: see Note [Ranges without decoding what lies before].
class PacketFrames {
 public:
  // Nothing for codecs whose packets do not tell, or that need all that lies before to decode the same.
  static std::optional<PacketFrames> of(const AVStream& stream);

  // Frames at the stream's sample rate; nothing for a packet that its codec's rules do not explain, or that does not go
  // on as the packets before began: another rate, other channels, another stream that was joined.
  std::optional<int> count(const AVPacket& packet);

  // What the decoder must have seen before it gives what it would have given from the start.
  bool swallows_first() const { return vorbis_ != nullptr; }  // the first packet decoded yields nothing
  int lead_packets() const { return lead_packets_; }
  // Frames of every packet but the last, or 0 where they differ.
  int constant() const { return constant_; }

 private:
  struct FreeVorbis {
    void operator()(AVVorbisParseContext* context) const { av_vorbis_parse_free(&context); }
  };

  bool goes_on(const AVPacket& packet);

  uint32_t header_mask_ =
      0;                 // of the header of an MPEG or ADTS frame, which each packet begins with: what must not change
  uint32_t header_ = 0;  // of the first packet, so masked
  int constant_ = 0;
  int lead_packets_ = 0;
  std::unique_ptr<AVVorbisParseContext, FreeVorbis> vorbis_;
};

}  // namespace cochlea
