// Which frames of the output are asked for, and where decoding has to begin so that they equal the same part of the
// whole.
#pragma once

#include <cstdint>
#include <limits>

#include "core/decode_options.h"

namespace cochlea {

// Note [Where a range begins]
// A resampler that starts in the middle gives what one that ran from the start gives if two things hold.
// It starts on a sample that both rates share, which is every (from / gcd)th of the source: there its phase
// is that of the start. And it has seen all samples that its filter reaches back to: soxr's longest has some
// 270 taps at the lower of the two rates, of which half look back; kFilterFrames is more than twice that.
// That holds for the ratios of usual rates. Beyond a thousand steps soxr interpolates its filter and counts its phase
// in fixed point, which drifts: 1e-4 in a quarter of an hour.

struct ResamplerStart {
  int64_t source_frame = 0;  // first one to give to the resampler
  int64_t output_frame = 0;  // what its first output sample is
};

// A value: it knows nothing of a source.
class RangePlan {
 public:
  RangePlan() = default;
  // Boundaries are rounded to the nearest frame of the output, halves up.
  RangePlan(const Range& range, int output_rate);

  bool is_from_end() const { return is_from_end_; }
  // Whether it begins and ends at the same frame.
  bool is_empty() const { return !is_from_end_ && last_ <= first_; }
  // Where resampling may begin: the start of the source where nothing later is exact.
  ResamplerStart start(int source_rate) const;

  // Hands out no frame before this one: those were handed out already.
  void continue_at(int64_t frame);
  // Whether what comes next, at frame `begin` of the output, may have to be dropped again.
  bool is_undecided(int64_t begin) const { return is_from_end_ || begin < first_; }
  // Whether an end at frame `begin` means that nothing of the range was met, and nothing was handed out.
  bool is_missed(int64_t begin) const { return is_from_end_ || (begin <= first_ && first_ == asked_); }

  struct Cut {
    int64_t drop = 0;     // frames at the front, before the range
    int64_t keep = 0;     // frames after those; what follows lies behind the range
    int64_t covered = 0;  // frames of the range up to the end of what is kept, with those that were handed out
    bool is_complete = false;
  };
  // What of `held` frames, the first of which is frame `begin` of the output, belongs to the range. From the end, that
  // is what belongs to it if the audio ends here.
  Cut cut(int64_t begin, int64_t held) const;

 private:
  static constexpr int64_t kOpen = std::numeric_limits<int64_t>::max();

  int output_rate_ = 0;
  bool is_from_end_ = false;  // then tail_ counts, and the others do not
  int64_t tail_ = 0;
  int64_t asked_ = 0;  // first frame of the range
  int64_t first_ = 0;  // first frame to hand out
  int64_t last_ = kOpen;
};

}  // namespace cochlea
