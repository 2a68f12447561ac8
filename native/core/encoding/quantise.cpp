#include "core/encoding/quantise.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace cochlea {

namespace {

bool is_finite(float sample) { return std::abs(sample) <= std::numeric_limits<float>::max(); }

// Adding 1.5 · 2^52 leaves a double no room for a fraction: the processor rounds it away, halves to even,
// as std::nearbyint does, which is a call for each sample where SSE4.1 cannot be relied on.
double round_to_even(double value) {
  constexpr double kShift = 6755399441055744.0;
  return (value + kShift) - kShift;
}

template <typename Integer, int kBits>
Quantised to_integers(std::span<const float> samples, Integer* to, size_t step) {
  constexpr double kScale = 1 << (kBits - 1);
  constexpr double kLowest = -kScale;
  constexpr double kHighest = kScale - 1;
  constexpr int32_t kUnit = 1 << (8 * sizeof(Integer) - kBits);
  Quantised result;
  for (size_t i = 0; i < samples.size(); ++i) {
    result.finite &= is_finite(samples[i]);
    // Exact: a float has 24 bits, and a power of two only moves them.
    const double rounded = round_to_even(samples[i] * kScale);
    // In this order NaN becomes a number too: converting it would be undefined.
    const double raised = rounded > kLowest ? rounded : kLowest;
    const double kept = raised < kHighest ? raised : kHighest;
    result.clipped += kept != rounded ? 1 : 0;
    to[i * step] = static_cast<Integer>(static_cast<int32_t>(kept) * kUnit);
  }
  return result;
}

Quantised to_floats(std::span<const float> samples, float* to, size_t step) {
  Quantised result;
  for (size_t i = 0; i < samples.size(); ++i) {
    result.finite &= is_finite(samples[i]);
    to[i * step] = samples[i];
  }
  return result;
}

Quantised to_clipped(std::span<const float> samples, float* to, size_t step) {
  Quantised result;
  for (size_t i = 0; i < samples.size(); ++i) {
    result.finite &= is_finite(samples[i]);
    const float raised = samples[i] > -1.0f ? samples[i] : -1.0f;
    const float kept = raised < 1.0f ? raised : 1.0f;
    result.clipped += kept != samples[i] ? 1 : 0;
    to[i * step] = kept;
  }
  return result;
}

}  // namespace

Quantised quantise(std::span<const float> samples, SampleForm form, void* to, size_t step) {
  switch (form) {
    case SampleForm::kInt16:
      return to_integers<int16_t, 16>(samples, static_cast<int16_t*>(to), step);
    case SampleForm::kInt24:
      return to_integers<int32_t, 24>(samples, static_cast<int32_t*>(to), step);
    case SampleForm::kFloat:
      return to_floats(samples, static_cast<float*>(to), step);
    case SampleForm::kClipped:
      return to_clipped(samples, static_cast<float*>(to), step);
  }
  return {};
}

}  // namespace cochlea
