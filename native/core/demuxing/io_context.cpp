#include "core/demuxing/io_context.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/error.h"

namespace cochlea {

namespace {

// One refill costs a copy; 64 KiB keeps it in the second-level cache and the number of calls low.
constexpr int kIoBufferSize = 64 * 1024;

}  // namespace

IoContext::IoContext(const Lease& lease) : lease_(lease) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(kIoBufferSize));
  context_ = buffer ? avio_alloc_context(buffer, kIoBufferSize, 0, this, read, nullptr, seek) : nullptr;
  if (context_ == nullptr) {
    av_free(buffer);
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
  if (!lease.source->seekable()) context_->seekable = 0;
}

IoContext::~IoContext() {
  // FFmpeg may have replaced the buffer it was given by a larger one.
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

void IoContext::check() const {
  if (error_ == 0) return;
  if (std::optional<AudioError> failure = lease_.source->failure()) throw *failure;
  throw AudioError::source(-error_, "cannot read the source: " + error_text(error_));
}

bool IoContext::go_on() { return lease_.source->seek(context_->pos); }

int IoContext::read(void* opaque, uint8_t* to, int size) {
  auto& self = *static_cast<IoContext*>(opaque);
  if (size <= 0) return AVERROR(EINVAL);
  if (self.lease_.should_stop()) return AVERROR_EXIT;
  const int count = self.lease_.source->read({to, static_cast<size_t>(size)});
  if (count < 0 && self.error_ == 0) self.error_ = count;
  return count == 0 ? AVERROR_EOF : count;
}

int64_t IoContext::seek(void* opaque, int64_t offset, int whence) {
  if (static_cast<IoContext*>(opaque)->lease_.source == nullptr) return AVERROR_EXIT;
  ByteSource& source = *static_cast<IoContext*>(opaque)->lease_.source;
  whence &= ~AVSEEK_FORCE;
  const int64_t size = source.size();
  // Not an error: the MP3 demuxer takes its number for a size, and mistrusts the file's own.
  if (whence == AVSEEK_SIZE) return std::max<int64_t>(size, 0);
  if (whence == SEEK_END && size < 0) return AVERROR(ENOSYS);
  int64_t base = 0;
  if (whence == SEEK_CUR) base = source.position();
  if (whence == SEEK_END) base = size;
  // Offsets come from headers: the sum must not overflow.
  if (offset > 0 && base > INT64_MAX - offset) return AVERROR(EINVAL);
  return source.seek(base + offset) ? base + offset : AVERROR(EINVAL);
}

}  // namespace cochlea
