// The one container whose truncation FFmpeg hides: a WAV shorter than its header says is given the
// duration of what is there.
#pragma once

#include "core/byte_source.h"

namespace cochlea {

// Whether the data chunk of a RIFF WAVE file states more bytes than the source has. False for other
// files, and for the sizes that programs write when they cannot seek back to fill in the real one.
// Leaves the source at its start.
bool is_truncated_wav(ByteSource& source) noexcept;

}  // namespace cochlea
