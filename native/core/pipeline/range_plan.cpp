#include "core/pipeline/range_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cochlea {

namespace {

constexpr int64_t kFilterFrames = 640;  // at the lower rate
constexpr int kMostSteps = 1000;

int64_t to_frames(double seconds, int sample_rate) {
  const double frames = std::floor(seconds * sample_rate + 0.5);
  return frames < 9e18 ? static_cast<int64_t>(frames) : std::numeric_limits<int64_t>::max();
}

}  // namespace

RangePlan::RangePlan(const Range& range, int output_rate)
    : output_rate_(output_rate), is_from_end_(range.is_from_end()) {
  if (is_from_end_) {
    tail_ = -to_frames(range.start, output_rate);
    return;
  }
  asked_ = to_frames(range.start, output_rate);
  first_ = asked_;
  last_ = to_frames(range.end, output_rate);
}

ResamplerStart RangePlan::start(int source_rate) const {
  if (is_from_end_ || source_rate <= 0) return {};
  if (source_rate == output_rate_) return {first_, first_};
  const int divisor = std::gcd(source_rate, output_rate_);
  const int source_step = source_rate / divisor;
  const int output_step = output_rate_ / divisor;
  if (source_step > kMostSteps || output_step > kMostSteps) return {};
  const int64_t lead =
      source_rate > output_rate_ ? (kFilterFrames * source_rate + output_rate_ - 1) / output_rate_ : kFilterFrames;
  // Source frames at or before the wanted one, in whole steps.
  const int64_t steps = first_ / output_step - (lead + source_step - 1) / source_step;
  if (steps <= 0) return {};
  return {steps * source_step, steps * output_step};
}

void RangePlan::continue_at(int64_t frame) { first_ = std::max(first_, frame); }

RangePlan::Cut RangePlan::cut(int64_t begin, int64_t held) const {
  Cut cut;
  if (is_from_end_) {
    cut.drop = std::max<int64_t>(0, held - tail_);
    cut.keep = held - cut.drop;
    cut.covered = cut.keep;
    return cut;
  }
  const int64_t end = begin + held;
  cut.drop = std::clamp<int64_t>(first_ - begin, 0, held);
  cut.is_complete = last_ != kOpen && end >= last_;
  cut.keep = std::max<int64_t>(0, std::min(end, last_) - begin - cut.drop);
  cut.covered = std::min(end, last_) - asked_;
  return cut;
}

}  // namespace cochlea
