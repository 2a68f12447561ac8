#include "core/pipeline/pipeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

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

}  // namespace

Pipeline::Pipeline(std::unique_ptr<ByteSource> source, const DecodeOptions& options, int threads,
                   const Cancellation& cancellation)
    : source_(std::move(source)),
      options_(options),
      cancellation_(cancellation),
      frames_(FrameSource::near_range(*source_, options, threads, cancellation)),
      shape_(frames_->shape()),
      plan_(frames_->plan()),
      output_start_(frames_->output_start()),
      is_sound_(true) {}

Pipeline::~Pipeline() {
  if (is_sound_ && !damage().any()) FrameSource::keep_container(std::move(frames_), *source_);
}

size_t Pipeline::expected_frames() const {
  if (!options_.range.is_whole()) return 0;
  double seconds = info().duration;
  const double bytes_per_frame = frames_->demuxer().facts().bytes_per_frame();
  if (bytes_per_frame > 0) {
    const double possible = static_cast<double>(info().size) / bytes_per_frame / frames_->first_rate();
    seconds = seconds < 0 ? possible : std::min(seconds, possible);
  }
  if (!(seconds > 0) || seconds > options_.limits.seconds) return 0;
  const double frames = std::ceil((seconds + kRoomSeconds) * shape_.sample_rate);
  const double bytes = frames * shape_.channels * static_cast<double>(sizeof(float));
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
    // It may be writing to `output` on its own thread; whoever catches this may drop `output`.
    writer_.reset();
    throw;
  }
  output.join();
  if (output.frames() == 0) throw AudioError(ErrorCode::kEmpty, "this " + info().container + " holds no samples");
  is_sound_ = true;
}

bool Pipeline::fill(SampleBuffer& output, size_t frames) {
  is_sound_ = false;
  while (!ended_ && (output.frames() < frames || plan_.is_undecided(output_start_))) {
    advance(output);
    trim(output);
  }
  is_sound_ = true;
  return !ended_;
}

void Pipeline::drop(SampleBuffer& output, size_t frames) {
  output.drop(frames);
  output_start_ += static_cast<int64_t>(frames);
}

// One decoded frame, or the end. The next frame is not decoded before it is asked for: its bytes may take a while.
void Pipeline::advance(SampleBuffer& output) {
  cancellation_.check();
  switch (frames_->next()) {
    case FrameSource::Step::kFrame:
      return write(output);
    case FrameSource::Step::kEnd:
      return finish(output);
    case FrameSource::Step::kUnproven:
      return start_over(output);
  }
}

void Pipeline::write(SampleBuffer& output) {
  if (!writer_) {
    using Amount = SampleWriter::Amount;
    const Amount all = frames_->threads() > 1 ? Amount::kAllInBackground : Amount::kAll;
    writer_.emplace(options_, shape_, whole_ ? all : Amount::kPieces, output);
  }
  if (const auto* mixed = std::get_if<MixedPlanes>(&frames_->decoded())) {
    writer_->write(*mixed);
  } else {
    writer_->write(*std::get<AVFrame*>(frames_->decoded()), frames_->damage());
  }
  // See Note [Real time].
  if (!whole_ && source_->at_hand() < kMostOfPacket) writer_->hand_on();
}

// From the first sample of the source, up to what has been handed out.
void Pipeline::start_over(SampleBuffer& output) {
  output.resize(0);
  writer_.reset();
  frames_ = FrameSource::from_start(*source_, options_, 1, cancellation_);
  // The buffer has the shape of the first attempt.
  if (frames_->shape() != shape_) {
    throw AudioError(ErrorCode::kCorrupt, "the audio changes its channels or its rate before the range");
  }
  plan_.continue_at(output_start_);
  output_start_ = 0;
}

void Pipeline::finish(SampleBuffer& output) {
  if (writer_) writer_->finish();
  ended_ = true;
  check_end();
  if (options_.range.is_whole()) return;
  trim(output);
  if (output.frames() == 0 && plan_.is_missed(output_start_)) {
    throw AudioError(ErrorCode::kRange, "the range begins at or after the end of the audio");
  }
}

// What lies before the range is dropped as it comes, what lies behind it is not decoded.
void Pipeline::trim(SampleBuffer& output) {
  const RangePlan::Cut cut = plan_.cut(output_start_, static_cast<int64_t>(output.frames()));
  if (cut.drop > 0) drop(output, static_cast<size_t>(cut.drop));
  check_seconds(cut.covered);
  if (!cut.is_complete) return;
  output.resize(static_cast<size_t>(cut.keep));
  ended_ = true;
}

// Of a range, what it holds counts: what lies before is passed over, decoded or not.
void Pipeline::check_seconds(int64_t frames) const {
  const double seconds = static_cast<double>(frames) / shape_.sample_rate;
  if (options_.range.is_whole() || seconds <= options_.limits.seconds) return;
  throw AudioError::limit("seconds", options_.limits.seconds, seconds, "the range is longer than the limit");
}

// A source that ends before its header says was cut off.
void Pipeline::check_end() {
  Damage& damage = frames_->damage();
  if (is_short_of_header() || frames_->demuxer().container().is_cut_off()) damage.truncated = true;
  if (damage.truncated && options_.on_damage == OnDamage::kError) {
    throw AudioError(ErrorCode::kCorrupt, "the audio ends before its header says");
  }
}

bool Pipeline::is_short_of_header() const {
  const StreamFacts facts = frames_->demuxer().facts();
  if (!writer_ || frames_->is_cut() || !facts.states_its_end()) return false;
  const int rate = writer_->source_rate();
  const double slack = facts.states_exact_length() ? 1.5 / rate : kTruncatedSeconds + kPaddingFrames / rate;
  const double reached = writer_->seconds() + static_cast<double>(frames_->skipped()) / rate;
  return reached < info().duration - slack;
}

MediaInfo probe(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation) {
  std::unique_ptr<Demuxer> demuxer = open_demuxer(source, options, cancellation);
  MediaInfo info = demuxer->info();
  keep_demuxer(source, std::move(demuxer));
  return info;
}

}  // namespace cochlea
