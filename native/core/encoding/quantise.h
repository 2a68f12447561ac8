// Float samples → the integers of a file.
#pragma once

#include <cstddef>
#include <span>

#include "core/ffmpeg.h"

namespace cochlea {

struct Quantised {
  // Samples whose rounded value did not fit and became the nearest that does: +1.0 is the first.
  size_t clipped = 0;
  // Whether no sample was NaN or infinite.
  bool finite = true;
};

// Writes one channel to every `step`-th place of `to`, in FFmpeg's sample format for `bits` bits:
//   16   int16: round(2^15 x), halves to even
//   24   int32: round(2^23 x), halves to even, in the upper three bytes
//   32   float: x itself
Quantised quantise(std::span<const float> samples, int bits, void* to, size_t step);

// The format of those: interleaved.
AVSampleFormat sample_format(int bits);

}  // namespace cochlea
