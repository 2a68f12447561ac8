#include "core/transfer/slot_allocator.h"

#include <algorithm>
#include <iterator>

namespace cochlea {

SlotAllocator::SlotAllocator(size_t bytes) {
  const size_t whole = bytes / kAlignment * kAlignment;
  if (whole > 0) gaps_.emplace(0, whole);
}

std::optional<size_t> SlotAllocator::take(size_t bytes) {
  const size_t blocks = std::max<size_t>(bytes / kAlignment + (bytes % kAlignment == 0 ? 0 : 1), 1);
  const auto fits = [blocks](const auto& gap) { return gap.second / kAlignment >= blocks; };
  const auto found = std::find_if(gaps_.begin(), gaps_.end(), fits);
  if (found == gaps_.end()) return std::nullopt;
  const auto [offset, room] = *found;
  const size_t size = blocks * kAlignment;
  gaps_.erase(found);
  if (room > size) gaps_.emplace(offset + size, room - size);
  taken_.emplace(offset, size);
  bytes_taken_ += size;
  return offset;
}

bool SlotAllocator::give_back(size_t offset) {
  const auto slot = taken_.find(offset);
  if (slot == taken_.end()) return false;
  size_t size = slot->second;
  taken_.erase(slot);
  bytes_taken_ -= size;
  auto after = gaps_.lower_bound(offset);
  if (after != gaps_.end() && after->first == offset + size) {
    size += after->second;
    after = gaps_.erase(after);
  }
  if (after != gaps_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == offset) {
      before->second += size;
      return true;
    }
  }
  gaps_.emplace(offset, size);
  return true;
}

}  // namespace cochlea
