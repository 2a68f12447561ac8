#include "core/features/clip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace cochlea {

namespace {

// Looks at all of them: without a way out, and with a flag of the samples' width, the loop runs on vectors.
bool all_finite(std::span<const float> samples) {
  uint32_t bad = 0;
  for (const float sample : samples) bad |= std::abs(sample) <= std::numeric_limits<float>::max() ? 0u : 1u;
  return bad == 0;
}

void require_finite(std::span<const float> samples, const std::string& name) {
  if (all_finite(samples)) return;
  const auto bad = std::find_if_not(samples.begin(), samples.end(), [](float sample) { return std::isfinite(sample); });
  throw AudioError(ErrorCode::kNonFinite, "sample " + std::to_string(bad - samples.begin()) + " of " + name + " is " +
                                              (std::isnan(*bad) ? "NaN" : "infinite"));
}

// numpy.sum of float32, to the bit: halves are added up by themselves, down to blocks of 128, and those in eight lanes.
float sum(std::span<const float> values) {
  constexpr size_t kLanes = 8;
  constexpr size_t kBlock = 128;
  if (values.size() > kBlock) {
    const size_t half = values.size() / 2 / kLanes * kLanes;
    return sum(values.first(half)) + sum(values.subspan(half));
  }
  std::array<float, kLanes> lanes{};
  const size_t whole = values.size() / kLanes * kLanes;
  for (size_t i = 0; i < whole; ++i) lanes[i % kLanes] += values[i];
  const float left = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  const float right = (lanes[4] + lanes[5]) + (lanes[6] + lanes[7]);
  return std::accumulate(values.begin() + static_cast<ptrdiff_t>(whole), values.end(), left + right);
}

}  // namespace

Clip::Clip(std::span<const float> samples, const ClipOptions& options) : samples_(samples), length_(options.length) {
  require_finite(samples_, options.name);
  if (options.normalize) normalize(options.name);
}

// In float32 throughout, and in NumPy's order: the features of quiet bands depend on each rounding.
void Clip::normalize(const std::string& name) {
  const auto count = static_cast<float>(samples_.size());
  const float mean = sum(samples_) / count;
  normalized_.resize(samples_.size());
  std::transform(samples_.begin(), samples_.end(), normalized_.begin(),
                 [=](float sample) { return (sample - mean) * (sample - mean); });
  const float deviation = std::sqrt(sum(normalized_) / count + 1e-7f);
  if (!std::isfinite(deviation)) {
    throw AudioError(ErrorCode::kNonFinite, "the variance of " + name + " is not a finite float32");
  }
  std::transform(samples_.begin(), samples_.end(), normalized_.begin(),
                 [=](float sample) { return (sample - mean) / deviation; });
  samples_ = normalized_;
}

void Clip::copy(std::span<float> to) const {
  const auto end = std::copy(samples_.begin(), samples_.end(), to.begin());
  std::fill(end, to.end(), 0.0f);
}

}  // namespace cochlea
