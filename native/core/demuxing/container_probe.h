// What a source is, told by its bytes, and what has to happen before its container can be opened.
#pragma once

#include <cstdint>
#include <memory>

#include "core/decode_options.h"
#include "core/demuxing/io_context.h"
#include "core/media_info.h"

namespace cochlea {

struct ContainerProbe {
  const AVInputFormat* format = nullptr;
  std::unique_ptr<IoContext> io;       // at the start of the source
  int64_t stated_size = 0;             // bytes that the source should have: see stated_wav_size()
  bool is_fragmented = false;          // an MP4 whose index grows on the way
  bool is_disguised = false;           // it comes as PCM, but is not
  Storage collected = Storage::kNone;  // where a feed went that does not decode from front to back

  // The source is at its start. `lease` may change, and must outlive the probe's io. Throws kUnsupportedContainer,
  // kUnsupportedCodec, kEmpty, kAborted, kLimit, and what the source reports.
  static ContainerProbe of(const Lease& lease, const RawFormat& raw);
};

}  // namespace cochlea
