#include "core/pipeline/frame_source.h"

#include <algorithm>
#include <utility>

#include "core/demuxing/idle_demuxer.h"
#include "core/error.h"

namespace cochlea {

namespace {

// Shorter audio is done before further threads would pay for themselves.
constexpr double kThreadsFromSeconds = 20;

// A part of the audio, or what is still coming, is not read ahead of: several segments would have to be there before
// the first sample is.
int worthwhile(int threads, const ByteSource& source, const Demuxer& demuxer, const DecodeOptions& options) {
  const bool is_long = options.parallel && demuxer.info().duration >= kThreadsFromSeconds;
  return options.range.is_whole() && source.seekable() && is_long ? threads : 1;
}

// What is still coming cannot be opened a second time, should the way there prove wrong.
ResamplerStart start_near_range(const ByteSource& source, const Demuxer& demuxer, const DecodeOptions& options) {
  if (!source.seekable() || options.tail != Tail::kDecoded) return {};
  const int stated_rate = demuxer.stream().codecpar->sample_rate;
  return RangePlan(options.range, options.rate_for(stated_rate)).start(stated_rate);
}

// MP4's stream duration is the length of its edit list, in samples of the stream's rate.
std::optional<int64_t> stated_end(const Demuxer& demuxer, int rate) {
  const AVStream& stream = demuxer.stream();
  if (!demuxer.facts().is_mov() || stream.duration == AV_NOPTS_VALUE || stream.duration <= 0) return std::nullopt;
  return av_rescale_q(stream.duration, stream.time_base, {1, rate});
}

}  // namespace

std::unique_ptr<FrameSource> FrameSource::from_start(ByteSource& source, const DecodeOptions& options, int threads,
                                                     const Cancellation& cancellation) {
  std::unique_ptr<Demuxer> demuxer = open_demuxer(source, options, cancellation);
  threads = worthwhile(threads, source, *demuxer, options);
  return std::make_unique<FrameSource>(std::move(demuxer), options, threads, cancellation, Way());
}

std::unique_ptr<FrameSource> FrameSource::near_range(ByteSource& source, const DecodeOptions& options, int threads,
                                                     const Cancellation& cancellation) {
  std::unique_ptr<Demuxer> demuxer = open_demuxer(source, options, cancellation);
  threads = worthwhile(threads, source, *demuxer, options);
  Way way;
  way.start = start_near_range(source, *demuxer, options);
  if (way.start.source_frame == 0 || !is_worth_seeking(*demuxer, way.start.source_frame)) {
    return std::make_unique<FrameSource>(std::move(demuxer), options, threads, cancellation, Way());
  }
  if (const auto landing = seek_before(*demuxer, way.start.source_frame, way.damage)) {
    way.landing = *landing;
    auto frames = std::make_unique<FrameSource>(std::move(demuxer), options, threads, cancellation, std::move(way));
    if (frames->is_proven_) return frames;
  }
  return from_start(source, options, threads, cancellation);
}

FrameSource::FrameSource(std::unique_ptr<Demuxer> demuxer, const DecodeOptions& options, int threads,
                         const Cancellation& cancellation, Way way)
    : demuxer_(std::move(demuxer)),
      threads_(threads),
      decoder_(*demuxer_, options, threads, cancellation),
      way_(std::move(way)),
      noise_(decoder_.noise_state()),
      position_(way_.landing.frame) {
  const Step first = decode();
  is_proven_ = is_where_it_should_be(first);
  if (!is_proven_) return;
  if (first == Step::kEnd) throw refusal();
  is_waiting_ = true;
  first_rate_ = frame().sample_rate;
  shape_ = {options.channels == 0 ? frame().ch_layout.nb_channels : options.channels, options.rate_for(first_rate_)};
  plan_ = RangePlan(options.range, shape_.sample_rate);
  if (plan_.is_empty()) throw AudioError(ErrorCode::kRange, "the range begins and ends at the same frame");
  if (options.tail == Tail::kEditList) end_ = stated_end(*demuxer_, first_rate_);
  is_proven_ = skip_to_start(cancellation);
  skipped_ = position_;
}

AudioError FrameSource::refusal() const {
  const std::string& container = demuxer_->info().container;
  if (damage().any()) return AudioError(ErrorCode::kCorrupt, "nothing in this " + container + " decodes");
  return AudioError(ErrorCode::kEmpty, "this " + container + " holds no samples");
}

FrameSource::Step FrameSource::next() {
  if (end_ && position_ >= *end_) return Step::kEnd;
  if (!std::exchange(is_waiting_, false)) {
    const Step step = decode();
    if (step != Step::kFrame) return step;
  }
  int& frames = frames_of(decoded_);
  if (end_) frames = static_cast<int>(std::min<int64_t>(frames, *end_ - position_));
  position_ += frames;
  return Step::kFrame;
}

FrameSource::Step FrameSource::decode() {
  decoded_ = decoder_.next(damage());
  // AAC's noise substitution: what is drawn depends on all that was drawn before.
  if (way_.landing.frame > 0 && decoder_.noise_state() != noise_) return Step::kUnproven;
  return std::holds_alternative<EndOfAudio>(decoded_) ? Step::kEnd : Step::kFrame;
}

// Of the first frame, on a way to a range. A decoder that drops the first packet would shift all that follows.
bool FrameSource::is_where_it_should_be(Step step) const {
  if (way_.start.source_frame == 0) return true;
  if (step != Step::kFrame || damage().packets > 0) return false;
  if (way_.landing.frame > 0 && frame().pts != way_.landing.timestamp) return false;
  const AVCodecParameters& stated = *demuxer_->stream().codecpar;
  return frame().ch_layout.nb_channels == stated.ch_layout.nb_channels && frame().sample_rate == stated.sample_rate;
}

// Decodes, without resampling, up to the frame where the resampler starts. Damage on this way makes the count
// of frames doubtful, as does a frame of another size than the packets said. False: the way is unproven.
bool FrameSource::skip_to_start(const Cancellation& cancellation) {
  while (is_waiting_ && position_ + frame().nb_samples <= way_.start.source_frame) {
    if (way_.landing.frame_size != 0 && frame().nb_samples != way_.landing.frame_size) return false;
    position_ += frame().nb_samples;
    cancellation.check();
    const Step step = decode();
    is_waiting_ = step == Step::kFrame;
    const bool changes = is_waiting_ && frame().sample_rate != first_rate_;
    if (step == Step::kUnproven || changes || damage().packets > 0) return false;
  }
  const int64_t early = way_.start.source_frame - position_;
  if (is_waiting_ && early > 0) drop_front(static_cast<int>(early));
  return true;
}

void FrameSource::drop_front(int frames) {
  AVFrame& frame = this->frame();
  if (av_frame_make_writable(&frame) < 0) throw AudioError(ErrorCode::kInternal, "out of memory");
  frame.nb_samples -= frames;
  av_samples_copy(frame.extended_data, frame.extended_data, 0, frames, frame.nb_samples, frame.ch_layout.nb_channels,
                  static_cast<AVSampleFormat>(frame.format));
  position_ += frames;
}

void FrameSource::keep_container(std::unique_ptr<FrameSource> frames, const ByteSource& source) {
  std::unique_ptr<Demuxer> demuxer = std::move(frames->demuxer_);
  // The decoder reads the demuxer until it is gone.
  frames.reset();
  keep_demuxer(source, std::move(demuxer));
}

}  // namespace cochlea
