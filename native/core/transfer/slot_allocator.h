// Places in an arena: first fit.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

namespace cochlea {

// Not for several threads at a time: whoever has the arena locks.
class SlotAllocator {
 public:
  // Slots begin at multiples of it: a cache line, and the widest element.
  static constexpr size_t kAlignment = 64;

  explicit SlotAllocator(size_t bytes);

  // The offset of a slot of at least so many bytes, in the first gap that has them; nothing when no gap has. A slot of
  // no bytes takes room, too, so that no two slots have one offset.
  std::optional<size_t> take(size_t bytes);
  // Whether a slot began there. Its neighbours join it.
  bool give_back(size_t offset);

  size_t slots() const { return taken_.size(); }
  size_t bytes_taken() const { return bytes_taken_; }

 private:
  std::map<size_t, size_t> gaps_;   // offset → bytes, no two adjacent
  std::map<size_t, size_t> taken_;  // offset → bytes
  size_t bytes_taken_ = 0;
};

}  // namespace cochlea
