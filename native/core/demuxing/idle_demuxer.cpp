#include "core/demuxing/idle_demuxer.h"

#include <utility>

namespace cochlea {

std::unique_ptr<Demuxer> IdleDemuxer::take(ByteSource& source, const DecodeOptions& options,
                                           const Cancellation& cancellation) {
  std::unique_ptr<Demuxer> taken;
  {
    const std::lock_guard lock(mutex_);
    const bool fits = demuxer_ && options.raw.codec.empty() && demuxer_->wanted_stream() == options.stream;
    if (!fits) return nullptr;
    taken = std::move(demuxer_);
  }
  if (!taken->resume(source, options.limits, cancellation)) return nullptr;
  return taken;
}

void IdleDemuxer::give(std::unique_ptr<Demuxer> demuxer) {
  if (!demuxer->is_worth_keeping()) return;
  demuxer->rest();
  // The one that it replaces is freed without the lock.
  const std::lock_guard lock(mutex_);
  if (!closed_) demuxer_.swap(demuxer);
}

void IdleDemuxer::close() {
  std::unique_ptr<Demuxer> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped = std::move(demuxer_);
}

size_t IdleDemuxer::bytes() const {
  const std::lock_guard lock(mutex_);
  return demuxer_ ? demuxer_->bytes() : 0;
}

std::unique_ptr<Demuxer> open_container(ByteSource& source, const DecodeOptions& options,
                                        const Cancellation& cancellation) {
  if (source.idle_demuxer() != nullptr) {
    if (auto kept = source.idle_demuxer()->take(source, options, cancellation)) return kept;
    source.seek(0);
  }
  return std::make_unique<Demuxer>(source, options.raw, options.stream, options.limits, cancellation);
}

void keep_container(const ByteSource& source, std::unique_ptr<Demuxer> demuxer) {
  if (source.idle_demuxer() != nullptr) source.idle_demuxer()->give(std::move(demuxer));
}

}  // namespace cochlea
