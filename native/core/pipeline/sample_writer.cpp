#include "core/pipeline/sample_writer.h"

#include <algorithm>

#include "core/error.h"

namespace cochlea {

SampleWriter::SampleWriter(const DecodeOptions& options, OutputShape shape, Amount amount, SampleBuffer& output)
    : options_(options), shape_(shape), amount_(amount), output_(output) {}

void SampleWriter::write(const AVFrame& frame, const float* const* mixed, Damage& damage) {
  const auto frames = static_cast<size_t>(frame.nb_samples);
  count(frame);
  configure(frame, mixed != nullptr);
  float* const* to = stage_->space(frames);
  if (mixed != nullptr) {
    for (size_t c = 0; c < static_cast<size_t>(shape_.channels); ++c) std::copy_n(mixed[c], frames, to[c]);
  } else {
    mixer_->mix(frame, to, damage);
  }
  stage_->commit(frames);
}

void SampleWriter::finish() {
  if (stage_) stage_->finish();
}

// Before anything is allocated for it.
void SampleWriter::count(const AVFrame& frame) {
  // Counted in frames: a sum of rounded seconds drifts past a limit that the audio just meets.
  if (frame.sample_rate != source_rate_) {
    seconds_before_ = seconds_;
    frames_at_rate_ = 0;
  }
  frames_at_rate_ += static_cast<size_t>(frame.nb_samples);
  seconds_ = seconds_before_ + static_cast<double>(frames_at_rate_) / frame.sample_rate;
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
void SampleWriter::configure(const AVFrame& frame, bool is_mixed) {
  if (!is_mixed && (!mixer_ || !mixer_->fits(frame))) {
    mixer_.emplace(frame, shape_.channels, options_.downmix, options_.non_finite);
  }
  if (stage_ && source_rate_ == frame.sample_rate) return;
  if (stage_) stage_->finish();
  source_rate_ = frame.sample_rate;
  stage_ = OutputStage::make(source_rate_, shape_.sample_rate, shape_.channels, options_.quality,
                             amount_ == Amount::kAllInBackground, output_);
}

}  // namespace cochlea
