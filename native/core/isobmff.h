// The order of an MP4's boxes: whether its index comes before the samples.
#pragma once

#include "core/byte_source.h"

namespace cochlea {

// Whether the index (moov), or the first fragment, stands before the media data (mdat). Reads no further than the
// first of them; leaves the source at its start.
bool has_index_first(ByteSource& source) noexcept;

}  // namespace cochlea
