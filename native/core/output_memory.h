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
  explicit OutputMemory(bool seekable);
  ~OutputMemory();
  OutputMemory(const OutputMemory&) = delete;
  OutputMemory& operator=(const OutputMemory&) = delete;
  AVIOContext* get() const { return context_; }

  // Memory for a file of this size, at once. Throws kInternal.
  void reserve(size_t bytes);
  // Writes what FFmpeg still holds back. Throws kInternal when memory is or was short.
  void flush();
  // Gives away what was written since the last call.
  FileBytes take();

 private:
  static int write(void* opaque, const uint8_t* from, int size);
  static int64_t seek(void* opaque, int64_t offset, int whence);
  bool grow(size_t capacity);

  AVIOContext* context_ = nullptr;
  FileBytes bytes_;
  size_t capacity_ = 0;
  size_t position_ = 0;
};

}  // namespace cochlea
