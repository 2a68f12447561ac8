#include "core/pipeline.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace cochlea {

namespace {

// A stated length is believed up to this many output bytes for each byte of the source, which covers
// speech codecs at 1 kB/s. Beyond it (silence in FLAC, lying headers) the result grows as it decodes.
constexpr double kBelievableExpansion = 128;
constexpr double kAlwaysBelievableBytes = 8.0 * 1024 * 1024;
// Codec delay, padding and rounding that headers leave out.
constexpr double kRoomSeconds = 0.25;
// A source that decodes to this much less than its header states was cut off. Headers of MP3 and CAF
// count the codec's delay and the padding of its last frame: up to 4096 samples and some.
constexpr double kTruncatedSeconds = 0.1;
constexpr double kPaddingFrames = 4608;
// Shorter audio is done before further threads would pay for themselves.
constexpr double kThreadsFromSeconds = 20;

}  // namespace

Pipeline::Pipeline(std::unique_ptr<ByteSource> source, const DecodeOptions& options, int threads,
                   const Cancellation& cancellation)
    : source_(std::move(source)),
      options_(options),
      cancellation_(cancellation),
      demuxer_(*source_, options.raw, options.stream, options.limits, cancellation),
      threads_(worthwhile(threads)),
      decoder_(demuxer_, options.on_damage, options.limits, threads_, cancellation),
      frame_(make_frame()) {
  if (!decoder_.next(*frame_, damage_)) {
    if (damage_.any()) throw AudioError(ErrorCode::kCorrupt, "nothing in this " + info().container + " decodes");
    throw AudioError(ErrorCode::kEmpty, "this " + info().container + " holds no samples");
  }
  channels_ = options.channels == 0 ? frame_->ch_layout.nb_channels : options.channels;
  sample_rate_ = options.sample_rate == 0 ? frame_->sample_rate : options.sample_rate;
  if (options.tail == Tail::kEditList) end_ = stated_end();
}

int Pipeline::worthwhile(int threads) const {
  return options_.parallel && info().duration >= kThreadsFromSeconds ? threads : 1;
}

// MP4's stream duration is the length of its edit list, in samples of the stream's rate.
std::optional<int64_t> Pipeline::stated_end() const {
  const AVStream& stream = demuxer_.stream();
  if (!demuxer_.is_mov() || stream.duration == AV_NOPTS_VALUE || stream.duration <= 0) return std::nullopt;
  return av_rescale_q(stream.duration, stream.time_base, {1, frame_->sample_rate});
}

size_t Pipeline::expected_frames() const {
  double seconds = info().duration;
  const double bytes_per_frame = demuxer_.bytes_per_frame();
  if (bytes_per_frame > 0) {
    const double possible = static_cast<double>(info().size) / bytes_per_frame / frame_->sample_rate;
    seconds = seconds < 0 ? possible : std::min(seconds, possible);
  }
  if (!(seconds > 0) || seconds > options_.limits.seconds) return 0;
  const double frames = std::ceil((seconds + kRoomSeconds) * sample_rate_);
  const double bytes = frames * channels_ * static_cast<double>(sizeof(float));
  if (bytes > options_.limits.decoded_bytes) return 0;
  if (bytes > kAlwaysBelievableBytes && bytes > kBelievableExpansion * static_cast<double>(info().size)) return 0;
  return static_cast<size_t>(frames);
}

void Pipeline::run(SampleBuffer& output) {
  try {
    do {
      consume(output);
      if (end_ && frames_ >= *end_) break;
      cancellation_.check();
    } while (decoder_.next(*frame_, damage_));
    finish(output);
  } catch (...) {
    // The stage may be writing to `output` on its own thread; whoever catches this may drop `output`.
    stage_.reset();
    throw;
  }
}

void Pipeline::consume(SampleBuffer& output) {
  if (end_) frame_->nb_samples = static_cast<int>(std::min<int64_t>(frame_->nb_samples, *end_ - frames_));
  const auto count = static_cast<size_t>(frame_->nb_samples);
  check_length(count);
  configure(output);
  float* const* to = stage_->space(count);
  mixer_->mix(*frame_, to, damage_);
  stage_->commit(count);
  frames_ += frame_->nb_samples;
  av_frame_unref(frame_.get());
}

// Before anything is allocated for it.
void Pipeline::check_length(size_t frames) {
  // Counted in frames: a sum of rounded seconds drifts past a limit that the audio just meets.
  if (frame_->sample_rate != source_rate_) {
    seconds_before_ = seconds_;
    frames_at_rate_ = 0;
  }
  frames_at_rate_ += frames;
  seconds_ = seconds_before_ + static_cast<double>(frames_at_rate_) / frame_->sample_rate;
  if (seconds_ > options_.limits.seconds) {
    throw AudioError::limit("seconds", options_.limits.seconds, seconds_, "the audio is longer than the limit");
  }
  // Less one frame, for rounding: SampleBuffer::join() checks the exact size.
  const double bytes = (seconds_ * sample_rate_ - 1) * channels_ * static_cast<double>(sizeof(float));
  if (bytes > options_.limits.decoded_bytes) {
    throw AudioError::limit("decodedBytes", options_.limits.decoded_bytes, bytes,
                            "the decoded audio is larger than the limit");
  }
}

// A stream may change its rate, format or layout in its middle (chained Ogg, MPEG-TS, AAC with SBR).
void Pipeline::configure(SampleBuffer& output) {
  if (!mixer_ || !mixer_->fits(*frame_)) mixer_.emplace(*frame_, channels_, options_.downmix, options_.non_finite);
  if (stage_ && source_rate_ == frame_->sample_rate) return;
  if (stage_) stage_->finish();
  source_rate_ = frame_->sample_rate;
  stage_ = OutputStage::make(source_rate_, sample_rate_, channels_, options_.quality, threads_ > 1, output);
}

void Pipeline::finish(SampleBuffer& output) {
  stage_->finish();
  output.join();
  if (output.frames() == 0) throw AudioError(ErrorCode::kEmpty, "this " + info().container + " holds no samples");
  const double slack =
      demuxer_.states_exact_length() ? 1.5 / source_rate_ : kTruncatedSeconds + kPaddingFrames / source_rate_;
  const double least = info().duration - slack;
  const bool short_of_header = demuxer_.states_its_end() && seconds_ < least && !end_;
  if (short_of_header || demuxer_.is_cut_off()) damage_.truncated = true;
  if (damage_.truncated && options_.on_damage == OnDamage::kError) {
    throw AudioError(ErrorCode::kCorrupt, "the audio ends before its header says");
  }
}

MediaInfo probe(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation) {
  return Demuxer(source, options.raw, options.stream, options.limits, cancellation).info();
}

}  // namespace cochlea
