// Opens one of FFmpeg's decoders, with what holds for every one of them.
#pragma once

#include "core/ffmpeg.h"

namespace cochlea {

// Throws kUnsupportedCodec, kCorrupt.
CodecHandle open_codec(const AVCodec& codec, const AVCodecParameters& parameters, AVRational time_base);

}  // namespace cochlea
