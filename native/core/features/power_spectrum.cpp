#include "core/features/power_spectrum.h"

#include <pocketfft_hdronly.h>

namespace cochlea {

struct PowerSpectrum::Plan {
  pocketfft::detail::pocketfft_r<double> transform;
};

PowerSpectrum::PowerSpectrum(size_t length)
    : length_(length), plan_(new Plan{pocketfft::detail::pocketfft_r<double>(length)}) {}

PowerSpectrum::~PowerSpectrum() = default;

void PowerSpectrum::compute(std::span<Pair> frame, std::span<Pair> power) const {
  plan_->transform.exec(frame.data(), 1.0, pocketfft::FORWARD);
  // FFTPACK's order: r0, r1, i1, r2, i2, … and, of an even length, the last real part alone.
  power[0] = frame[0] * frame[0];
  const size_t last = length_ / 2;
  for (size_t bin = 1; bin < last; ++bin) {
    const Pair real = frame[2 * bin - 1];
    const Pair imaginary = frame[2 * bin];
    power[bin] = real * real + imaginary * imaginary;
  }
  power[last] = frame[length_ - 1] * frame[length_ - 1];
}

}  // namespace cochlea
