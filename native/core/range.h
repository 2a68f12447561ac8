// A part of the audio, and where decoding has to begin so that it equals the same part of the whole.
#pragma once

#include <cstdint>
#include <limits>

namespace cochlea {

// As the caller states it: seconds from the start; a negative start counts from the end of the audio.
struct Range {
  double start = 0;
  double end = std::numeric_limits<double>::infinity();

  bool is_whole() const { return start == 0 && end == std::numeric_limits<double>::infinity(); }
  bool is_from_end() const { return start < 0; }
};

// The same in frames of the output: [first, last), or the last `tail` ones.
struct FrameRange {
  static constexpr int64_t kOpen = std::numeric_limits<int64_t>::max();

  int64_t first = 0;
  int64_t last = kOpen;
  bool from_end = false;  // then `tail` counts, and first and last do not
  int64_t tail = 0;

  // Boundaries are rounded to the nearest frame, halves up.
  static FrameRange of(const Range& range, int sample_rate);
};

// Note [Where a range begins]
// A resampler that starts in the middle gives what one that ran from the start gives if two things hold.
// It starts on a sample that both rates share, which is every (from / gcd)th of the source: there its phase
// is that of the start. And it has seen all samples that its filter reaches back to: soxr's longest has some
// 270 taps at the lower of the two rates, of which half look back; kFilterFrames is more than twice that.
// That holds for the ratios of usual rates. Beyond a thousand steps soxr interpolates its filter and counts its phase
// in fixed point, which drifts: 1e-4 in a quarter of an hour.
bool has_common_grid(int from, int to);

struct ResamplerStart {
  int64_t source_frame = 0;  // first one to give to the resampler
  int64_t output_frame = 0;  // what its first output sample is
};
ResamplerStart resampler_start(int64_t output_frame, int from, int to);

}  // namespace cochlea
