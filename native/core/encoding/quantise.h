// Float samples → the numbers that a codec takes.
#pragma once

#include <cstddef>
#include <span>

namespace cochlea {

enum class SampleForm {
  kInt16,    // int16: round(2^15 x), halves to even
  kInt24,    // int32: round(2^23 x), halves to even, in the upper three bytes
  kFloat,    // float: x itself
  kClipped,  // float: x, or the nearer of ±1
};

struct Quantised {
  // Samples whose rounded value did not fit and became the nearest that does: for integers +1.0 is the first.
  size_t clipped = 0;
  // Whether no sample was NaN or infinite.
  bool finite = true;
};

// Writes one channel to every `step`-th place of `to`.
Quantised quantise(std::span<const float> samples, SampleForm form, void* to, size_t step);

}  // namespace cochlea
