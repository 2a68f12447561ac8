#include "core/clip.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

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

}  // namespace

Clip::Clip(std::span<const float> samples, const ClipOptions& options) : samples_(samples), length_(options.length) {
  require_finite(samples_, options.name);
  if (options.normalize) normalize();
}

void Clip::normalize() {
  const auto count = static_cast<double>(samples_.size());
  double sum = 0;
  for (const float sample : samples_) sum += sample;
  const double mean = sum / count;
  double squares = 0;
  for (const float sample : samples_) squares += (sample - mean) * (sample - mean);
  const double deviation = std::sqrt(squares / count + 1e-7);
  normalized_.resize(samples_.size());
  std::transform(samples_.begin(), samples_.end(), normalized_.begin(),
                 [=](float sample) { return static_cast<float>((sample - mean) / deviation); });
  samples_ = normalized_;
}

void Clip::copy(std::span<float> to) const {
  const auto end = std::copy(samples_.begin(), samples_.end(), to.begin());
  std::fill(end, to.end(), 0.0f);
}

}  // namespace cochlea
