// Real FFT in float64, two frames at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace cochlea {

// Two doubles, one of each frame: what SSE2 and NEON compute at once.
using Pair = double __attribute__((vector_size(16)));

// Note [Pairs of frames]
// A transform of real numbers is hard to spread over the lanes of a vector; two transforms of equal length are not.
// pocketfft's plans run on any type with arithmetic, so that each lane holds a frame from the window to the mel
// sums, and gets to the bit what it would get alone.
class PowerSpectrum {
 public:
  // `length` samples, even.
  explicit PowerSpectrum(size_t length);
  ~PowerSpectrum();
  PowerSpectrum(const PowerSpectrum&) = delete;
  PowerSpectrum& operator=(const PowerSpectrum&) = delete;

  size_t bins() const { return length_ / 2 + 1; }
  // Squared magnitudes of `frame`, which the transform overwrites. Any thread.
  void compute(std::span<Pair> frame, std::span<Pair> power) const;

 private:
  struct Plan;

  size_t length_;
  std::unique_ptr<Plan> plan_;
};

}  // namespace cochlea
