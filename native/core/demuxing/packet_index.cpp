#include "core/demuxing/packet_index.h"

#include <algorithm>

namespace cochlea {

void PacketIndex::add(int stream, const Checkpoint& checkpoint) {
  const std::lock_guard lock(mutex_);
  if (stream_ < 0) stream_ = stream;
  if (stream != stream_ || (!checkpoints_.empty() && checkpoint.position <= checkpoints_.back().position)) return;
  checkpoints_.push_back(checkpoint);
}

std::optional<Checkpoint> PacketIndex::before(int stream, int64_t frame) const {
  const std::lock_guard lock(mutex_);
  if (stream != stream_) return std::nullopt;
  const auto behind = std::upper_bound(checkpoints_.begin(), checkpoints_.end(), frame,
                                       [](int64_t wanted, const Checkpoint& each) { return wanted < each.frame; });
  if (behind == checkpoints_.begin()) return std::nullopt;
  return *(behind - 1);
}

}  // namespace cochlea
