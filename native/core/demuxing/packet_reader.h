// The demuxer's packets, each with what the demuxer had to say on the way to it.
#pragma once

#include <deque>
#include <exception>
#include <string>
#include <vector>

#include "core/demuxing/demuxer.h"

namespace cochlea {

// Reading ahead of decoding must not change when an error or a message is met: they travel with the packet.
struct SourcePacket {
  PacketHandle packet;                // null at the end
  std::vector<std::string> messages;  // FFmpeg's, of the demuxer
  bool complained = false;            // see Note [Damage that only the log tells]
  bool cut_short = false;
  bool truncated = false;    // at the end: it came by an error
  std::exception_ptr error;  // at the end: what reading threw

  // Whether the demuxer had anything to say.
  bool has_news() const { return !messages.empty() || complained || truncated || error; }
};

class PacketReader {
 public:
  explicit PacketReader(Demuxer& demuxer) : demuxer_(demuxer) {}

  // The next packet; at the end, and ever after, one without a packet.
  SourcePacket read();
  // To be read again, before all others.
  void put_back(std::deque<SourcePacket> packets);

 private:
  Demuxer& demuxer_;
  std::deque<SourcePacket> waiting_;
  int64_t complaints_ = 0;  // of the demuxer, reported so far
  bool ended_ = false;
};

}  // namespace cochlea
