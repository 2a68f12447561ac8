// The AVIOContext through which FFmpeg reads a source: the only way by which it reaches any byte (no protocol is
// compiled in).
#pragma once

#include "core/ffmpeg.h"
#include "core/limits.h"
#include "core/source/byte_source.h"

namespace cochlea {

// What a container reads from, and what stops it, while it serves a job; neither while it is idle.
struct Lease {
  ByteSource* source = nullptr;
  const Cancellation* cancellation = nullptr;

  bool should_stop() const { return cancellation == nullptr || cancellation->should_stop(); }
};

// A ByteSource as FFmpeg sees it. Reads stop as soon as the job is cancelled or out of time.
class IoContext {
 public:
  // `lease` may change, and must outlive this.
  explicit IoContext(const Lease& lease);
  ~IoContext();
  IoContext(const IoContext&) = delete;
  IoContext& operator=(const IoContext&) = delete;
  AVIOContext* get() const { return context_; }
  // Throws the first error that the source reported: demuxers take errors for the end of the file.
  void check() const;
  bool has_failed() const { return error_ != 0 || context_->error != 0; }
  // After a change of source, of the same bytes: goes where the last one was, which is where the buffer ends.
  bool go_on();

 private:
  static int read(void* opaque, uint8_t* to, int size);
  static int64_t seek(void* opaque, int64_t offset, int whence);

  const Lease& lease_;
  AVIOContext* context_ = nullptr;
  int error_ = 0;
};

}  // namespace cochlea
