// The order of an MP4's boxes: whether its index comes before the samples.
#pragma once

#include "core/source/byte_source.h"

namespace cochlea {

// Whether the index (moov), or the first fragment, stands before the media data (mdat). Reads no further than the
// first of them; leaves the source at its start.
bool has_index_first(ByteSource& source) noexcept;

// Whether there are fragments (moof), in this file or in one that was joined to it. Leaves the source at its start.
bool has_fragments(ByteSource& source) noexcept;

}  // namespace cochlea
