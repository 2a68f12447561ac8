// Memory of one size that is divided into slots, and that is registered with a network library as a whole.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>

#include "core/transfer/slot_allocator.h"

namespace cochlea {

class Arena;

// A part of an arena, given back when this is destroyed. It keeps the arena.
class Slot {
 public:
  Slot(std::shared_ptr<Arena> arena, std::span<std::byte> bytes);
  ~Slot();
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }
  // From now on a peer may come for it.
  void offer();

 private:
  std::shared_ptr<Arena> arena_;
  std::span<std::byte> bytes_;
  std::atomic<bool> offered_ = false;
};

// Any thread.
class Arena : public std::enable_shared_from_this<Arena> {
 public:
  // Throws std::bad_alloc. Pages are taken from the system when they are touched.
  explicit Arena(size_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Null: no gap is large enough now.
  std::shared_ptr<Slot> take(size_t bytes);

  std::span<std::byte> memory() const { return memory_; }
  size_t slots() const;
  size_t bytes_taken() const;
  // Whether a peer may come for any of them.
  bool offers() const { return offers_ > 0; }

 private:
  friend class Slot;

  void give_back(const std::byte* slot) noexcept;

  std::span<std::byte> memory_;
  mutable std::mutex mutex_;
  SlotAllocator allocator_;
  std::atomic<size_t> offers_ = 0;
};

}  // namespace cochlea
