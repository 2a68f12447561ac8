#include "core/encoding/output_memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace cochlea {

namespace {

// One write costs a copy; 64 KiB keeps it in the second-level cache and the number of calls low.
constexpr int kIoBufferSize = 64 * 1024;

}  // namespace

OutputMemory::OutputMemory(bool seekable, double max_bytes) : max_bytes_(max_bytes) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(kIoBufferSize));
  context_ =
      buffer ? avio_alloc_context(buffer, kIoBufferSize, 1, this, nullptr, write, seekable ? seek : nullptr) : nullptr;
  if (context_ == nullptr) {
    av_free(buffer);
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
}

OutputMemory::~OutputMemory() {
  // FFmpeg may have replaced the buffer it was given by a larger one.
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

void OutputMemory::reserve(size_t bytes) {
  check_size(bytes);
  if (bytes > capacity_ && !grow(bytes)) throw AudioError(ErrorCode::kInternal, "out of memory");
}

void OutputMemory::check_size(size_t bytes) const {
  const auto size = static_cast<double>(bytes);
  if (size <= max_bytes_) return;
  throw AudioError::limit("encodedBytes", max_bytes_, size,
                          "the encoded file is larger than one array can be; a stream has no such limit");
}

void OutputMemory::check() const {
  if (refused_ == 0) return;
  check_size(refused_);
  throw AudioError(ErrorCode::kInternal, "out of memory");
}

FileBytes OutputMemory::take() {
  // Growing leaves up to half of the memory unused. Where the system cannot shrink it, it stays as it is.
  if (bytes_.size > 0 && bytes_.size < capacity_) grow(bytes_.size);
  capacity_ = 0;
  position_ = 0;
  return {std::move(bytes_.memory), std::exchange(bytes_.size, 0)};
}

int OutputMemory::write(void* opaque, const uint8_t* from, int size) {
  auto& self = *static_cast<OutputMemory*>(opaque);
  const size_t end = self.position_ + static_cast<size_t>(size);
  const bool too_large = static_cast<double>(end) > self.max_bytes_;
  if (too_large || (end > self.capacity_ && !self.grow(std::max(end, self.capacity_ + self.capacity_ / 2)))) {
    self.refused_ = end;
    return AVERROR(ENOMEM);
  }
  std::memcpy(self.bytes_.memory.get() + self.position_, from, static_cast<size_t>(size));
  self.position_ = end;
  self.bytes_.size = std::max(self.bytes_.size, end);
  return size;
}

int64_t OutputMemory::seek(void* opaque, int64_t offset, int whence) {
  auto& self = *static_cast<OutputMemory*>(opaque);
  const auto size = static_cast<int64_t>(self.bytes_.size);
  if (whence == AVSEEK_SIZE) return size;
  // Muxers go back to what they wrote; a gap would be bytes that nobody wrote.
  if (whence != SEEK_SET || offset < 0 || offset > size) return AVERROR(EINVAL);
  self.position_ = static_cast<size_t>(offset);
  return offset;
}

// realloc moves pages of large blocks instead of copying them.
bool OutputMemory::grow(size_t capacity) {
  void* const moved = std::realloc(bytes_.memory.get(), capacity);  // NOLINT: see FreeMemory
  if (moved == nullptr) return false;
  static_cast<void>(bytes_.memory.release());
  bytes_.memory.reset(static_cast<uint8_t*>(moved));
  capacity_ = capacity;
  return true;
}

}  // namespace cochlea
