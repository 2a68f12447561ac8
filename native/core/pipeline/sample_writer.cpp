#include "core/pipeline/sample_writer.h"

#include <algorithm>

#include "core/error.h"

namespace cochlea {

SampleWriter::SampleWriter(const DecodeOptions& options, OutputShape shape, Amount amount, SampleBuffer& output)
    : options_(options), shape_(shape), amount_(amount), output_(output) {}

void SampleWriter::write(const AVFrame& frame, Damage& damage) {
  count(frame.nb_samples, frame.sample_rate);
  if (!mixer_ || !mixer_->fits(frame)) {
    mixer_.emplace(frame, shape_.channels, options_.downmix, options_.non_finite);
  }
  mixer_->mix(frame, space(frame.nb_samples, frame.sample_rate), damage);
  commit(frame.nb_samples);
}

void SampleWriter::write(const MixedPlanes& mixed) {
  count(mixed.frames, mixed.sample_rate);
  float* const* to = space(mixed.frames, mixed.sample_rate);
  for (size_t c = 0; c < static_cast<size_t>(shape_.channels); ++c) std::copy_n(mixed.planes[c], mixed.frames, to[c]);
  commit(mixed.frames);
}

void SampleWriter::finish() {
  if (stage_) stage_->finish();
}

// Before anything is allocated for it.
void SampleWriter::count(int frames, int rate) {
  // Counted in frames: a sum of rounded seconds drifts past a limit that the audio just meets.
  if (rate != source_rate_) {
    seconds_before_ = seconds_;
    frames_at_rate_ = 0;
  }
  frames_at_rate_ += static_cast<size_t>(frames);
  seconds_ = seconds_before_ + static_cast<double>(frames_at_rate_) / rate;
  if (options_.range.is_whole() && seconds_ > options_.limits.seconds) {
    throw AudioError::limit("seconds", options_.limits.seconds, seconds_, "the audio is longer than the limit");
  }
  if (amount_ == Amount::kPieces) return;
  // Less one frame, for rounding: SampleBuffer::join() checks the exact size.
  const double bytes = (seconds_ * shape_.sample_rate - 1) * shape_.channels * static_cast<double>(sizeof(float));
  if (bytes > options_.limits.decoded_bytes) {
    throw AudioError::limit("decodedBytes", options_.limits.decoded_bytes, bytes,
                            "the decoded audio is larger than the limit");
  }
}

// A stream may change its rate, format or layout in its middle (chained Ogg, MPEG-TS, AAC with SBR).
float* const* SampleWriter::space(int frames, int rate) {
  if (!stage_ || source_rate_ != rate) {
    if (stage_) stage_->finish();
    source_rate_ = rate;
    stage_ = OutputStage::make(rate, shape_.sample_rate, shape_.channels, options_.quality,
                               amount_ == Amount::kAllInBackground, output_);
  }
  return stage_->space(static_cast<size_t>(frames));
}

}  // namespace cochlea
