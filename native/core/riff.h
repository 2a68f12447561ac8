// The chunks of a WAV, which is the one container whose truncation FFmpeg hides: one that is shorter than its header says
// is given the duration of what is there.
#pragma once

#include "core/byte_source.h"

namespace cochlea {

// How many bytes a RIFF WAVE file has up to the end of its data chunk, as that states. Zero for other files, and for
// the sizes that programs write when they cannot seek back to fill in the real one. Leaves the source at its
// start.
int64_t stated_wav_size(ByteSource& source) noexcept;

// Whether the format of a RIFF WAVE file stands before its samples; true for other files. Leaves the source at its start.
bool has_format_first(ByteSource& source) noexcept;

}  // namespace cochlea
