// Decoded frames of any sample format and layout → float32 planes with the channels asked for.
#pragma once

#include <vector>

#include "core/decode_options.h"
#include "core/ffmpeg.h"
#include "core/media_info.h"

namespace cochlea {

// Made for one (sample format, layout); a frame that differs needs a new one.
class Mixer {
 public:
  // Throws kUnsupportedLayout when `downmix` does not lead from the frame's channels to `channels`.
  Mixer(const AVFrame& like, int channels, Downmix downmix, NonFinite non_finite);

  bool fits(const AVFrame& frame) const;

  // Writes frame.nb_samples samples to each plane of `to`. Throws kCorrupt on NaN or infinity, unless
  // NonFinite::kZero: then each such sample of the source counts as zero, and in damage.non_finite.
  void mix(const AVFrame& frame, float* const* to, Damage& damage);
  // As mix() where what is written is finite; else returns false.
  bool mix_finite(const AVFrame& frame, float* const* to);

 private:
  enum class Plan { kSelect, kMean, kMatrix };

  void plan(Downmix downmix);
  void build_matrix(double max_coefficient);
  void apply(const AVFrame& frame, float* const* to);
  const float* const* load(const AVFrame& frame);
  void silence_non_finite(size_t frames, Damage& damage);

  AVSampleFormat format_;
  ChannelLayout layout_;
  int in_channels_;
  int out_channels_;
  NonFinite non_finite_;
  Plan plan_ = Plan::kSelect;
  bool replace_ = false;       // the scratch holds the frame with its non-finite samples zeroed
  std::vector<int> selected_;  // kSelect: source channel of each output channel
  std::vector<float> matrix_;  // kMatrix: [out_channels][in_channels]
  std::vector<std::vector<float>> scratch_;
  std::vector<const float*> inputs_;
};

}  // namespace cochlea
