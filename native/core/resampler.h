// Float32 planes at the source's rate → the output buffer at the rate asked for, by libsoxr.
#pragma once

#include <soxr.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "core/decode_options.h"
#include "core/sample_buffer.h"

namespace cochlea {

// Note [Length rule]
// soxr yields round-half-up(n · out/in) samples; librosa cuts or zero-pads that to ceil(n · (out/in)),
// in double. So does finish(). The result does not depend on how the input is split into blocks.
class Resampler {
 public:
  // Equal rates: samples go straight to `output`.
  Resampler(int from, int to, int channels, Quality quality, SampleBuffer& output);

  // Where the next `frames` samples of each channel go; valid until the next call.
  float* const* space(size_t frames);
  void commit(size_t frames);
  // Writes what is left, and applies the length rule.
  void finish();

 private:
  struct DeleteSoxr {
    void operator()(soxr_t soxr) const { soxr_delete(soxr); }
  };

  void process();
  void drain(size_t end);

  double ratio_;
  SampleBuffer& output_;
  size_t start_;                            // frames that the output held before this resampler
  size_t consumed_ = 0;                     // input frames
  std::unique_ptr<soxr, DeleteSoxr> soxr_;  // null for equal rates
  std::vector<std::vector<float>> block_;   // input gathered into blocks of kBlockFrames
  std::vector<float*> next_;
  size_t filled_ = 0;
};

}  // namespace cochlea
