#include "core/demuxing/container_probe.h"

#include <array>
#include <optional>

#include "core/demuxing/isobmff.h"
#include "core/demuxing/recognise.h"
#include "core/demuxing/riff.h"
#include "core/error.h"

namespace cochlea {

namespace {

// Leaves the source at its start.
void require_bytes(const Lease& lease) {
  ByteSource& source = *lease.source;
  std::array<uint8_t, 1> byte{};
  const bool has_bytes = read_exactly(source, 0, byte);
  source.seek(0);
  if (has_bytes) return;
  lease.cancellation->check();
  if (const std::optional<AudioError> failure = source.failure()) throw *failure;
  if (source.size() == 0) throw AudioError(ErrorCode::kEmpty, "the source holds no bytes");
}

// What was looked at is given again, from the start; then it is let go.
void prepare_feed(ContainerProbe& probe, const Lease& lease, bool is_raw) {
  ByteSource& source = *lease.source;
  if (!is_raw && !can_stream(*probe.format, source)) probe.collected = source.gather();
  if (!source.seek(0)) throw AudioError(ErrorCode::kSource, "the start of the stream is too long to be kept");
  // One of its own: that of the probe holds bytes, and knows nothing of what was read beside it.
  probe.io = std::make_unique<IoContext>(lease);
  probe.is_disguised = !is_raw && begins_with_dts(source);
  source.release();
}

}  // namespace

ContainerProbe ContainerProbe::of(const Lease& lease, const RawFormat& raw) {
  ByteSource& source = *lease.source;
  const bool is_raw = !raw.codec.empty();
  ContainerProbe probe;
  probe.io = std::make_unique<IoContext>(lease);
  require_bytes(lease);
  if (!is_raw) {
    probe.stated_size = stated_wav_size(source);
    probe.is_fragmented = source.seekable() && has_fragments(source);
  }
  probe.format = &recognise(source, *probe.io, raw, *lease.cancellation);
  if (!source.seekable()) prepare_feed(probe, lease, is_raw);
  return probe;
}

}  // namespace cochlea
