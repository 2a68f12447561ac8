#include "core/range.h"

#include <cmath>
#include <numeric>

namespace cochlea {

namespace {

constexpr int64_t kFilterFrames = 640;  // at the lower rate

int64_t to_frames(double seconds, int sample_rate) {
  const double frames = std::floor(seconds * sample_rate + 0.5);
  return frames < 9e18 ? static_cast<int64_t>(frames) : FrameRange::kOpen;
}

}  // namespace

FrameRange FrameRange::of(const Range& range, int sample_rate) {
  FrameRange frames;
  if (range.is_from_end()) {
    frames.from_end = true;
    frames.tail = -to_frames(range.start, sample_rate);
    return frames;
  }
  frames.first = to_frames(range.start, sample_rate);
  frames.last = to_frames(range.end, sample_rate);
  return frames;
}

bool has_common_grid(int from, int to) {
  constexpr int kMostSteps = 1000;
  const int divisor = std::gcd(from, to);
  return from == to || (from / divisor <= kMostSteps && to / divisor <= kMostSteps);
}

ResamplerStart resampler_start(int64_t output_frame, int from, int to) {
  if (from == to) return {output_frame, output_frame};
  const int64_t divisor = std::gcd(from, to);
  const int64_t from_step = from / divisor;
  const int64_t to_step = to / divisor;
  const int64_t lead = from > to ? (kFilterFrames * from + to - 1) / to : kFilterFrames;
  // Source frames at or before the wanted one, in whole steps.
  const int64_t steps = output_frame / to_step - (lead + from_step - 1) / from_step;
  if (steps <= 0) return {};
  return {steps * from_step, steps * to_step};
}

}  // namespace cochlea
