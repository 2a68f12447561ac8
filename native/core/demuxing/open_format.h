// Bytes → an open container whose streams are known. Every layer that keeps hostile bytes from reaching anything but an
// audio demuxer is set here, and so is what a header can cost: see Note [Untrusted containers], Note [Hostile headers].
#pragma once

#include "core/decode_options.h"
#include "core/demuxing/io_context.h"
#include "core/ffmpeg.h"

namespace cochlea {

struct Opening {
  const RawFormat& raw;
  const Limits& limits;
  bool is_disguised;    // it comes as PCM, but is not
  int64_t& complaints;  // where the container counts what it skipped, as long as it is open
};

// Throws kCorrupt, kLimit, kAborted, and what the source reports. `lease` may change, and must outlive the container.
FormatHandle open_format(const AVInputFormat& format, IoContext& io, Lease& lease, const Opening& opening);

// Throws what the patched FFmpeg leaves in its AVIOContext: kLimit, kCorrupt.
void check_bounds(const IoContext& io);

// Throws kLimit.
void check_streams(const AVFormatContext& context, const Limits& limits);

}  // namespace cochlea
