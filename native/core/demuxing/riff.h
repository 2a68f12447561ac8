// What FFmpeg does not tell of a RIFF WAVE file. It hides truncation: a WAV shorter than its header says is given the
// duration of what is there.
#pragma once

#include "core/source/byte_source.h"

namespace cochlea {

// How many bytes a RIFF WAVE file has up to the end of its data chunk, as that states. Zero for other files, and for
// the sizes that programs write when they cannot seek back to fill in the real one. Leaves the source at its
// start.
int64_t stated_wav_size(ByteSource& source) noexcept;

// Whether the format of a RIFF WAVE file stands before its samples; true for other files. Leaves the source at its
// start.
bool has_format_first(ByteSource& source) noexcept;

// Whether its samples are frames of DTS, whatever the header says. Leaves the source at its start.
bool begins_with_dts(ByteSource& source) noexcept;

}  // namespace cochlea
