#include "core/pipeline/pipeline.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/demuxing/idle_demuxer.h"
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
// Above the bytes of nearly every packet: if as many are at hand, the next one can be read without waiting.
constexpr size_t kMostOfPacket = 128 * 1024;
// Shorter audio is done before further threads would pay for themselves.
constexpr double kThreadsFromSeconds = 20;

}  // namespace

Pipeline::Pipeline(std::unique_ptr<ByteSource> source, const DecodeOptions& options, int threads,
                   const Cancellation& cancellation)
    : source_(std::move(source)),
      options_(options),
      cancellation_(cancellation),
      given_threads_(threads),
      frame_(make_frame()) {
  try {
    open(true);
  } catch (const SeekUnproven&) {
    open(false);
  }
  is_sound_ = true;
}

Pipeline::~Pipeline() {
  decoder_.reset();
  if (is_sound_ && !damage_.any()) keep_container(*source_, std::move(demuxer_));
}

void Pipeline::open(bool may_seek) {
  decoder_.reset();
  damage_ = {};
  landing_ = {};
  start_ = {};
  if (!source_->seek(0)) throw AudioError(ErrorCode::kSource, "the start of the stream is no longer there");
  demuxer_ = open_container(*source_, options_, cancellation_);
  const int stated_rate = demuxer_->stream().codecpar->sample_rate;
  const int output_rate = options_.sample_rate == 0 ? stated_rate : options_.sample_rate;
  range_ = FrameRange::of(options_.range, output_rate);
  // What is still coming cannot be opened a second time, should the way there prove wrong.
  const bool can_seek = may_seek && source_->seekable() && !range_.from_end && options_.tail == Tail::kDecoded;
  if (can_seek && stated_rate > 0 && has_common_grid(stated_rate, output_rate)) {
    const ResamplerStart start = resampler_start(range_.first, stated_rate, output_rate);
    if (is_worth_seeking(*demuxer_, start.source_frame)) {
      start_ = start;
      const auto landing = seek_before(*demuxer_, start.source_frame, damage_);
      if (!landing) throw SeekUnproven();
      landing_ = *landing;
    }
  }
  // Nor read ahead of: several segments would have to be there before the first sample is.
  threads_ = options_.range.is_whole() && source_->seekable() ? worthwhile(given_threads_) : 1;
  decoder_.emplace(*demuxer_, options_, threads_, cancellation_);
  position_ = landing_.frame;
  noise_ = decoder_->noise_state();
  has_frame_ = false;
  ended_ = false;
  const bool has_samples = next();
  if (start_.source_frame > 0 && (!has_samples || damage_.packets > 0)) throw SeekUnproven();
  // A decoder that drops the first packet would shift all that follows.
  if (landing_.frame > 0 && frame_->pts != landing_.timestamp) throw SeekUnproven();
  if (!has_samples) {
    if (damage_.any()) throw AudioError(ErrorCode::kCorrupt, "nothing in this " + info().container + " decodes");
    throw AudioError(ErrorCode::kEmpty, "this " + info().container + " holds no samples");
  }
  channels_ = options_.channels == 0 ? frame_->ch_layout.nb_channels : options_.channels;
  sample_rate_ = options_.sample_rate == 0 ? frame_->sample_rate : options_.sample_rate;
  const int stated_channels = demuxer_->stream().codecpar->ch_layout.nb_channels;
  if (start_.source_frame > 0 && frame_->ch_layout.nb_channels != stated_channels) throw SeekUnproven();
  if (stated_rate != frame_->sample_rate) {
    if (start_.source_frame > 0) throw SeekUnproven();
    range_ = FrameRange::of(options_.range, sample_rate_);
  }
  if (!range_.from_end && range_.last <= range_.first) {
    throw AudioError(ErrorCode::kRange, "the range begins and ends at the same frame");
  }
  first_ = range_.first;
  output_start_ = start_.output_frame;
  if (options_.tail == Tail::kEditList) end_ = stated_end();
  skip_to_start();
  skipped_ = position_;
}

bool Pipeline::next() {
  has_frame_ = decoder_->next(*frame_, damage_);
  // AAC's noise substitution: what is drawn depends on all that was drawn before.
  if (landing_.frame > 0 && decoder_->noise_state() != noise_) throw SeekUnproven();
  return has_frame_;
}

// Decodes, without resampling, up to the frame where the resampler starts. Damage on this way makes the count
// of frames doubtful, as does a frame of another size than the packets said.
void Pipeline::skip_to_start() {
  const int rate = frame_->sample_rate;
  while (has_frame_ && position_ + frame_->nb_samples <= start_.source_frame) {
    if (landing_.frame_size != 0 && frame_->nb_samples != landing_.frame_size) throw SeekUnproven();
    position_ += frame_->nb_samples;
    av_frame_unref(frame_.get());
    cancellation_.check();
    next();
    if (has_frame_ && frame_->sample_rate != rate) throw SeekUnproven();
    if (damage_.packets > 0) throw SeekUnproven();
  }
  const int64_t early = start_.source_frame - position_;
  if (!has_frame_ || early <= 0) return;
  const auto skipped = static_cast<int>(early);
  if (av_frame_make_writable(frame_.get()) < 0) throw AudioError(ErrorCode::kInternal, "out of memory");
  frame_->nb_samples -= skipped;
  av_samples_copy(frame_->extended_data, frame_->extended_data, 0, skipped, frame_->nb_samples,
                  frame_->ch_layout.nb_channels, static_cast<AVSampleFormat>(frame_->format));
  position_ += skipped;
}

int Pipeline::worthwhile(int threads) const {
  return options_.parallel && info().duration >= kThreadsFromSeconds ? threads : 1;
}

// MP4's stream duration is the length of its edit list, in samples of the stream's rate.
std::optional<int64_t> Pipeline::stated_end() const {
  const AVStream& stream = demuxer_->stream();
  if (!demuxer_->is_mov() || stream.duration == AV_NOPTS_VALUE || stream.duration <= 0) return std::nullopt;
  return av_rescale_q(stream.duration, stream.time_base, {1, frame_->sample_rate});
}

size_t Pipeline::expected_frames() const {
  if (!options_.range.is_whole()) return 0;
  double seconds = info().duration;
  const double bytes_per_frame = demuxer_->bytes_per_frame();
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
  whole_ = options_.range.is_whole();
  if (!whole_) {
    fill(output, std::numeric_limits<size_t>::max());
    output.join();
    return;
  }
  is_sound_ = false;
  try {
    while (!ended_) advance(output);
  } catch (...) {
    // The stage may be writing to `output` on its own thread; whoever catches this may drop `output`.
    stage_.reset();
    throw;
  }
  output.join();
  if (output.frames() == 0) throw AudioError(ErrorCode::kEmpty, "this " + info().container + " holds no samples");
  is_sound_ = true;
}

bool Pipeline::fill(SampleBuffer& output, size_t frames) {
  is_sound_ = false;
  while (!ended_ && (output.frames() < frames || output_start_ < range_.first || range_.from_end)) {
    try {
      advance(output);
      trim(output);
    } catch (const SeekUnproven&) {
      start_over(output);
    }
  }
  is_sound_ = true;
  return !ended_;
}

// From the first sample of the source, up to what has been handed out.
void Pipeline::start_over(SampleBuffer& output) {
  const int64_t resume = std::max(range_.first, output_start_);
  output.resize(0);
  stage_.reset();
  mixer_.reset();
  seconds_ = 0;
  source_rate_ = 0;
  const int channels = channels_;
  const int sample_rate = sample_rate_;
  open(false);
  // The buffer has the shape of the first attempt.
  if (channels_ != channels || sample_rate_ != sample_rate) {
    throw AudioError(ErrorCode::kCorrupt, "the audio changes its channels or its rate before the range");
  }
  resumed_ = resume > range_.first;
  range_.first = resume;
}

void Pipeline::drop(SampleBuffer& output, size_t frames) {
  output.drop(frames);
  output_start_ += static_cast<int64_t>(frames);
}

// One decoded frame, or the end. The next frame is not decoded before it is asked for: its bytes may take a while.
void Pipeline::advance(SampleBuffer& output) {
  cancellation_.check();
  const bool at_end = (end_ && position_ >= *end_) || (!has_frame_ && !next());
  if (at_end) {
    finish(output);
  } else {
    consume(output);
    has_frame_ = false;
  }
}

void Pipeline::consume(SampleBuffer& output) {
  if (end_) frame_->nb_samples = static_cast<int>(std::min<int64_t>(frame_->nb_samples, *end_ - position_));
  const auto count = static_cast<size_t>(frame_->nb_samples);
  check_length(count);
  configure(output);
  float* const* to = stage_->space(count);
  if (const float* const* mixed = decoder_->mixed()) {
    for (size_t c = 0; c < static_cast<size_t>(channels_); ++c) std::copy_n(mixed[c], count, to[c]);
  } else {
    mixer_->mix(*frame_, to, damage_);
  }
  stage_->commit(count);
  // See Note [Real time].
  if (!whole_ && source_->at_hand() < kMostOfPacket) stage_->hand_on();
  position_ += frame_->nb_samples;
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
  if (options_.range.is_whole() && seconds_ > options_.limits.seconds) {
    throw AudioError::limit("seconds", options_.limits.seconds, seconds_, "the audio is longer than the limit");
  }
  if (!whole_) return;
  // Less one frame, for rounding: SampleBuffer::join() checks the exact size.
  const double bytes = (seconds_ * sample_rate_ - 1) * channels_ * static_cast<double>(sizeof(float));
  if (bytes > options_.limits.decoded_bytes) {
    throw AudioError::limit("decodedBytes", options_.limits.decoded_bytes, bytes,
                            "the decoded audio is larger than the limit");
  }
}

// A stream may change its rate, format or layout in its middle (chained Ogg, MPEG-TS, AAC with SBR).
void Pipeline::configure(SampleBuffer& output) {
  const bool is_mixed = decoder_->mixed() != nullptr;
  if (!is_mixed && (!mixer_ || !mixer_->fits(*frame_))) {
    mixer_.emplace(*frame_, channels_, options_.downmix, options_.non_finite);
  }
  if (stage_ && source_rate_ == frame_->sample_rate) return;
  if (stage_) stage_->finish();
  source_rate_ = frame_->sample_rate;
  stage_ = OutputStage::make(source_rate_, sample_rate_, channels_, options_.quality, whole_ && threads_ > 1, output);
}

void Pipeline::finish(SampleBuffer& output) {
  if (stage_) stage_->finish();
  ended_ = true;
  check_end();
  if (options_.range.is_whole()) return;
  trim(output);
  const auto tail = static_cast<size_t>(range_.tail);
  if (range_.from_end && output.frames() > tail) drop(output, output.frames() - tail);
  if (output.frames() == 0 && !resumed_ && (range_.from_end || output_start_ <= range_.first)) {
    throw AudioError(ErrorCode::kRange, "the range begins at or after the end of the audio");
  }
}

// What lies before the range is dropped as it comes, what lies behind it is not decoded.
void Pipeline::trim(SampleBuffer& output) {
  const auto held = static_cast<int64_t>(output.frames());
  if (range_.from_end) {
    if (held > range_.tail) drop(output, static_cast<size_t>(held - range_.tail));
    check_seconds(static_cast<int64_t>(output.frames()));
    return;
  }
  const int64_t early = std::min(held, range_.first - output_start_);
  if (early > 0) drop(output, static_cast<size_t>(early));
  check_seconds(std::min(output_start_ + static_cast<int64_t>(output.frames()), range_.last) - first_);
  if (range_.last == FrameRange::kOpen || output_start_ + static_cast<int64_t>(output.frames()) < range_.last) return;
  output.resize(static_cast<size_t>(std::max<int64_t>(0, range_.last - output_start_)));
  ended_ = true;
}

// Of a range, what it holds counts: what lies before is passed over, decoded or not.
void Pipeline::check_seconds(int64_t frames) const {
  const double seconds = static_cast<double>(frames) / sample_rate_;
  if (options_.range.is_whole() || seconds <= options_.limits.seconds) return;
  throw AudioError::limit("seconds", options_.limits.seconds, seconds, "the range is longer than the limit");
}

// A source that ends before its header says was cut off.
void Pipeline::check_end() {
  const double slack =
      demuxer_->states_exact_length() ? 1.5 / source_rate_ : kTruncatedSeconds + kPaddingFrames / source_rate_;
  const double least = info().duration - slack;
  const double reached = seconds_ + static_cast<double>(skipped_) / source_rate_;
  const bool short_of_header = demuxer_->states_its_end() && reached < least && !end_;
  if (short_of_header || demuxer_->is_cut_off()) damage_.truncated = true;
  if (damage_.truncated && options_.on_damage == OnDamage::kError) {
    throw AudioError(ErrorCode::kCorrupt, "the audio ends before its header says");
  }
}

MediaInfo probe(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation) {
  std::unique_ptr<Demuxer> demuxer = open_container(source, options, cancellation);
  MediaInfo info = demuxer->info();
  keep_container(source, std::move(demuxer));
  return info;
}

}  // namespace cochlea
