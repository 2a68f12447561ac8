// ID3v2 tags stand before the audio of many formats, and may hold megabytes of pictures.
#pragma once

#include "core/source/byte_source.h"

namespace cochlea {

// Where the audio begins behind large ID3v2 tags, or 0 where there is no tag or it is small enough for
// FFmpeg to see past. Leaves the source at its start.
int64_t end_of_id3v2(ByteSource& source) noexcept;

}  // namespace cochlea
