#include "core/transfer/arena.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace cochlea {

Slot::Slot(std::shared_ptr<Arena> arena, std::span<std::byte> bytes) : arena_(std::move(arena)), bytes_(bytes) {}

Slot::~Slot() {
  if (offered_) --arena_->offers_;
  arena_->give_back(bytes_.data());
}

void Slot::offer() {
  if (!offered_.exchange(true)) ++arena_->offers_;
}

Arena::Arena(size_t bytes) : allocator_(bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();  // NOLINT: the macro casts
  memory_ = {static_cast<std::byte*>(memory), bytes};
  // A peer on this host reads by process_vm_readv(), which finds large pages faster than small ones. Only advice.
  ::madvise(memory, bytes, MADV_HUGEPAGE);
}

Arena::~Arena() { ::munmap(memory_.data(), memory_.size()); }

std::shared_ptr<Slot> Arena::take(size_t bytes) {
  const std::lock_guard lock(mutex_);
  const std::optional<size_t> offset = allocator_.take(bytes);
  if (!offset) return nullptr;
  return std::make_shared<Slot>(shared_from_this(), memory_.subspan(*offset, bytes));
}

size_t Arena::slots() const {
  const std::lock_guard lock(mutex_);
  return allocator_.slots();
}

size_t Arena::bytes_taken() const {
  const std::lock_guard lock(mutex_);
  return allocator_.bytes_taken();
}

void Arena::give_back(const std::byte* slot) noexcept {
  const std::lock_guard lock(mutex_);
  allocator_.give_back(static_cast<size_t>(slot - memory_.data()));
}

}  // namespace cochlea
