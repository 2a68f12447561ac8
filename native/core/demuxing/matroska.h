// The order of a Matroska file's elements: whether its tracks come before the samples.
#pragma once

#include "core/source/byte_source.h"

namespace cochlea {

// False if the first cluster stands before the Tracks element: mkvpropedit moves that behind all clusters when it
// grows, and a SeekHead in front says where. True also for what is not understood. Reads no further than the first of
// them; leaves the source at its start.
bool has_tracks_first(ByteSource& source) noexcept;

}  // namespace cochlea
