// What comes out of a decoder, one piece after the other.
#pragma once

#include <variant>

#include "core/ffmpeg.h"

namespace cochlea {

// Samples of one frame that are mixed to the output's channels already.
struct MixedPlanes {
  const float* const* planes = nullptr;
  int frames = 0;
  int sample_rate = 0;
};

struct EndOfAudio {};

// Frame and planes stay the decoder's, and last until the next one is asked for. A frame may be changed.
using DecoderOutput = std::variant<EndOfAudio, AVFrame*, MixedPlanes>;

// How many samples of each channel they hold: not of the end.
inline int& frames_of(DecoderOutput& decoded) {
  if (AVFrame** frame = std::get_if<AVFrame*>(&decoded)) return (*frame)->nb_samples;
  return std::get<MixedPlanes>(decoded).frames;
}

}  // namespace cochlea
