// FLAC's frames as bytes: whether a file holds one stream, whose frames count its samples.
#pragma once

#include <span>

#include "core/source/byte_source.h"

namespace cochlea {

// Note [Joined FLAC]
// Each frame of FLAC says which sample it begins with, so that one can be found by bisection. In files that were joined
// the count starts anew, and bisection finds a frame of any of them. Only reading all of it would prove that a file is
// not joined; what is looked at instead takes two milliseconds:
//   - the last frame must end where STREAMINFO says that the stream does;
//   - the frames at some fifty places must come in the order of their samples. The places are spread evenly, and
//     lie ever closer towards both ends: of two streams with the same number of samples, one may be silence of a few
//     bytes.

// `stream_info` is the STREAMINFO block. Moves the source.
bool is_one_flac_stream(ByteSource& source, std::span<const uint8_t> stream_info);

}  // namespace cochlea
