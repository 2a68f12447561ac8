#include "core/demuxing/idle_demuxer.h"

#include <utility>

#include "core/error.h"

namespace cochlea {

namespace {

// What an open source may hold of an idle container: ten hours of AAC are 40 MB.
constexpr size_t kMostKeptBytes = size_t{64} << 20;
// A timestamp from which FFmpeg finds the first packet: it adds offsets of edit lists, which must not overflow.
constexpr int64_t kBeforeAll = -(int64_t{1} << 40);

// An index grows by fragments that are found on the way. Of an honest file it is smaller than the samples: a header of
// a hundred bytes can claim millions of them.
bool is_worth_keeping(const Demuxer& demuxer) {
  const OpenContainer& container = demuxer.container();
  const StreamFacts facts = container.facts();
  if (!facts.is_mov() || !facts.is_unparsed() || demuxer.has_turned()) return false;
  if (container.complaints() > 0 || container.io().has_failed()) return false;
  if (facts.index_entries() != container.opened_entries()) return false;
  const auto index_bytes = facts.index_entries() * static_cast<int64_t>(sizeof(AVIndexEntry));
  return index_bytes <= container.info().size && bytes_of(demuxer) <= kMostKeptBytes;
}

// To the first packet. That it is the one that came first after opening, to the last bit, also tells of a file that
// was written to meanwhile.
bool rewind(Demuxer& demuxer) {
  if (demuxer.first() == nullptr) return true;
  std::vector<std::string> messages;
  const LogScope scope(messages);
  PacketHandle packet = make_packet();
  Damage damage;
  if (!demuxer.seek(kBeforeAll) || !demuxer.read(*packet, damage)) return false;
  if (!messages.empty() || !is_same(*packet, *demuxer.first())) return false;
  demuxer.unread(std::move(packet));
  return true;
}

// Makes it as one that was just opened for `source`. False if it does not find back there: it is of no use any more.
bool resume(Demuxer& demuxer, ByteSource& source, const Limits& limits, const Cancellation& cancellation) {
  OpenContainer& container = demuxer.container();
  container.serve(source, limits, cancellation);
  container.io().get()->rewound = 0;
  if (!container.io().go_on() || !rewind(demuxer)) return false;
  LogScope::append(container.messages());
  return true;
}

}  // namespace

size_t bytes_of(const Demuxer& demuxer) {
  const OpenContainer& container = demuxer.container();
  size_t bytes = static_cast<size_t>(container.facts().index_entries()) * sizeof(AVIndexEntry);
  bytes += static_cast<size_t>(container.io().get()->buffer_size);
  if (demuxer.first() != nullptr) bytes += static_cast<size_t>(demuxer.first()->size);
  const AVFormatContext& format = container.format();
  for (unsigned i = 0; i < format.nb_streams; ++i) bytes += static_cast<size_t>(format.streams[i]->attached_pic.size);
  return bytes;
}

std::unique_ptr<Demuxer> IdleDemuxer::take(ByteSource& source, const DecodeOptions& options,
                                           const Cancellation& cancellation) {
  std::unique_ptr<Demuxer> taken;
  {
    const std::lock_guard lock(mutex_);
    const bool fits = demuxer_ && options.raw.codec.empty() && demuxer_->container().wanted_stream() == options.stream;
    if (!fits) return nullptr;
    taken = std::move(demuxer_);
  }
  if (!resume(*taken, source, options.limits, cancellation)) return nullptr;
  return taken;
}

void IdleDemuxer::give(std::unique_ptr<Demuxer> demuxer) {
  if (!is_worth_keeping(*demuxer)) return;
  demuxer->container().rest();
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
  return demuxer_ ? bytes_of(*demuxer_) : 0;
}

std::unique_ptr<Demuxer> open_demuxer(ByteSource& source, const DecodeOptions& options,
                                      const Cancellation& cancellation) {
  if (source.idle_demuxer() != nullptr) {
    if (auto kept = source.idle_demuxer()->take(source, options, cancellation)) return kept;
  }
  // Whoever read it before may have left it anywhere.
  if (!source.seek(0)) throw AudioError(ErrorCode::kSource, "the start of the stream is no longer there");
  return std::make_unique<Demuxer>(source, options.raw, options.stream, options.limits, cancellation);
}

void keep_demuxer(const ByteSource& source, std::unique_ptr<Demuxer> demuxer) {
  if (source.idle_demuxer() != nullptr) source.idle_demuxer()->give(std::move(demuxer));
}

}  // namespace cochlea
