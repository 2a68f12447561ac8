// Float32 planes at the source's rate → the output buffer at the rate asked for, by libsoxr.
#pragma once

#include <soxr.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "core/decode_options.h"
#include "core/sound/sample_buffer.h"

namespace cochlea {

// Note [Length rule]
// soxr yields round-half-up(n · out/in) samples; librosa cuts or zero-pads that to ceil(n · (out/in)),
// in double. So does finish(). The result does not depend on how the input is split into blocks.
class Resampler {
 public:
  // Rates must differ.
  Resampler(int from, int to, int channels, Quality quality, SampleBuffer& output);

  // Takes `frames` samples of each channel.
  void push(const float* const* planes, size_t frames);
  // Writes what soxr still holds, and applies the length rule.
  void finish();

 private:
  struct DeleteSoxr {
    void operator()(soxr_t soxr) const { soxr_delete(soxr); }
  };

  double ratio_;
  SampleBuffer& output_;
  size_t consumed_ = 0;  // input frames
  size_t produced_ = 0;  // output frames; the buffer may have been drained since
  std::unique_ptr<soxr, DeleteSoxr> soxr_;
  std::vector<const float*> next_;
};

}  // namespace cochlea
