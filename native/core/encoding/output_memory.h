// Memory that grows while FFmpeg writes a file into it, and the AVIOContext through which it does: the
// only way by which encoded bytes leave FFmpeg.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/ffmpeg.h"
#include "core/memory.h"

namespace cochlea {

struct FileBytes {
  Memory<uint8_t> memory;
  size_t size = 0;
};

// Callbacks come from C code: nothing throws inside them.
class OutputMemory {
 public:
  // A seekable output holds the whole file, so that a muxer can go back and complete its headers. The
  // other kind only ever grows at its end, and can be emptied as it does.
  // Never holds more than `max_bytes`.
  OutputMemory(bool seekable, double max_bytes);
  ~OutputMemory();
  OutputMemory(const OutputMemory&) = delete;
  OutputMemory& operator=(const OutputMemory&) = delete;
  AVIOContext* get() const { return context_; }

  // Memory for a file of this size, at once. Throws kLimit ("encodedBytes") and kInternal.
  void reserve(size_t bytes);
  // Throws what a callback could not: kLimit when the file has grown too large, kInternal when memory was short.
  // FFmpeg's own error number says no more than that writing failed.
  void check() const;
  // Gives away what was written since the last call.
  FileBytes take();

 private:
  static int write(void* opaque, const uint8_t* from, int size);
  static int64_t seek(void* opaque, int64_t offset, int whence);
  bool grow(size_t capacity);
  void check_size(size_t bytes) const;

  AVIOContext* context_ = nullptr;
  FileBytes bytes_;
  size_t capacity_ = 0;
  size_t position_ = 0;
  double max_bytes_;
  size_t refused_ = 0;  // the size that could not be had
};

}  // namespace cochlea
