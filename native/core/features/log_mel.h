// Samples → log-mel features of one clip: what lib/features/spec.ts describes, by the tables made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/features/clip.h"
#include "core/features/power_spectrum.h"
#include "core/limits.h"

namespace cochlea {

struct LogMelSpec {
  size_t n_fft = 0;  // even
  size_t hop_length = 0;
  size_t mels = 0;
  std::span<const double> window;   // n_fft
  std::span<const double> filters;  // [mels, n_fft / 2 + 1]
  // (max(log10(max(x, floor)), greatest - range) + offset) / scale
  double floor = 0;
  double range = 0;
  double offset = 0;
  double scale = 1;
};

// Immutable: one serves any number of threads.
class LogMel {
 public:
  // Copies the tables.
  explicit LogMel(const LogMelSpec& spec);

  size_t mels() const { return filters_.size(); }
  // Of a clip of that many samples, zeros included.
  size_t frames(size_t length) const { return length / hop_length_; }
  // Features, [mels, frames]. Throws kAborted and kLimit when it should stop.
  void compute(const Clip& clip, std::span<float> to, const Cancellation& stop) const;

 private:
  // A triangle: zero outside of its weights.
  struct Filter {
    size_t first = 0;  // bin
    std::vector<double> weights;
  };
  struct Scratch;

  void read_pair(const Clip& clip, size_t first, std::span<Pair> to) const;
  void sum_pair(const Scratch& scratch, std::span<double> energies) const;

  size_t hop_length_;
  std::vector<double> window_;
  std::vector<Filter> filters_;
  PowerSpectrum spectrum_;
  double floor_;
  float range_, offset_, scale_;
};

}  // namespace cochlea
