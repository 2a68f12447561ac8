#include "core/demuxing/packet_reader.h"

#include <utility>

namespace cochlea {

SourcePacket PacketReader::read() {
  if (!waiting_.empty()) {
    SourcePacket next = std::move(waiting_.front());
    waiting_.pop_front();
    return next;
  }
  SourcePacket next;
  if (ended_) return next;
  next.packet = make_packet();
  {
    const LogScope scope(next.messages);
    Damage damage;
    try {
      if (!demuxer_.read(*next.packet, damage)) next.packet.reset();
    } catch (...) {
      next.packet.reset();
      next.error = std::current_exception();
    }
    next.truncated = damage.truncated;
  }
  ended_ = !next.packet;
  next.complained = demuxer_.container().complaints() > complaints_;
  complaints_ = demuxer_.container().complaints();
  next.cut_short = next.packet && (next.packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && demuxer_.facts().states_its_end();
  return next;
}

void PacketReader::put_back(std::deque<SourcePacket> packets) {
  for (SourcePacket& packet : waiting_) packets.push_back(std::move(packet));
  waiting_ = std::move(packets);
}

}  // namespace cochlea
