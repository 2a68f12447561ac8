#include "core/encoding/encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"

namespace cochlea {

namespace {

// Resampled at once: small enough to stay in cache and to be cancelled between two.
constexpr size_t kPieceFrames = 4096;

}  // namespace

Encoder::Resampling::Resampling(int from_rate, int to_rate, int channels)
    : from(static_cast<uint64_t>(from_rate)),
      to(static_cast<uint64_t>(to_rate)),
      output(channels, std::numeric_limits<double>::infinity()),
      resampler(from_rate, to_rate, channels, Quality::kHigh, output),
      clipped(static_cast<size_t>(channels) * kPieceFrames) {}

Encoder::Encoder(const EncodeOptions& options) : file_(options), form_(output_codec(options).form) {
  if (file_.sample_rate() != options.sample_rate) {
    resampling_.emplace(options.sample_rate, file_.sample_rate(), options.channels);
  }
}

void Encoder::push(std::span<const float> samples, const Cancellation& cancellation) {
  const size_t frames = samples.size() / file_.channels();
  for (size_t done = 0; done < frames;) {
    cancellation.check();
    const Piece rest{samples, done, frames - done};
    size_t count = std::min(rest.count, kPieceFrames);
    if (resampling_) {
      resample({samples, done, count});
    } else {
      count = fill_block(rest, form_);
    }
    done += count;
    taken_ += count;
  }
  // A block of a codec has its full size, unless it is the last; PCM can go at once.
  if (file_.takes_any_block() && block_) encode_block();
  file_.flush();
}

void Encoder::finish(const Cancellation& cancellation) {
  cancellation.check();
  if (taken_ == 0) throw AudioError(ErrorCode::kEmpty, "there is no sample to encode");
  if (resampling_) finish_resampling();
  if (block_) encode_block();
  file_.finish();
}

// Clipped before: what the filter makes of the result may be beyond ±1 again, and codecs take that.
void Encoder::resample(const Piece& piece) {
  std::vector<const float*> planes;
  for (size_t channel = 0; channel < file_.channels(); ++channel) {
    float* const plane = &resampling_->clipped[channel * kPieceFrames];
    convert(piece, channel, form_, {plane, 1});
    planes.push_back(plane);
  }
  resampling_->resampler.push(planes.data(), piece.count);
  encode_resampled();
}

void Encoder::encode_resampled() {
  const size_t frames = resampling_->output.frames();
  auto& resampled = resampling_->resampled;
  resampled.resize(frames * file_.channels());
  resampling_->output.copy(frames, resampled);
  resampling_->output.drop(frames);
  for (size_t done = 0; done < frames;) done += fill_block({resampled, done, frames - done}, SampleForm::kFloat);
}

// Exactly as many frames as their time takes, rounded up. The resampler itself rounds in floating point, as librosa
// does: sometimes that is one more.
void Encoder::finish_resampling() {
  resampling_->resampler.finish();
  const uint64_t frames = (taken_ * resampling_->to + resampling_->from - 1) / resampling_->from;
  const uint64_t encoded = written_ + filled_;
  resampling_->output.resize(frames > encoded ? static_cast<size_t>(frames - encoded) : 0);
  encode_resampled();
}

// As much as the block has room for; encodes it when it is full.
size_t Encoder::fill_block(const Piece& piece, SampleForm form) {
  if (!block_) block_ = file_.make_block();
  const size_t count = std::min(piece.count, file_.block_frames() - filled_);
  for (size_t channel = 0; channel < file_.channels(); ++channel) {
    convert({piece.samples, piece.start, count}, channel, form, place_in_block(channel));
  }
  filled_ += count;
  if (filled_ == file_.block_frames()) encode_block();
  return count;
}

Encoder::Place Encoder::place_in_block(size_t channel) const {
  const auto sample_bytes = static_cast<size_t>(av_get_bytes_per_sample(file_.sample_format()));
  if (av_sample_fmt_is_planar(file_.sample_format()) != 0) return {block_->data[channel] + filled_ * sample_bytes, 1};
  return {block_->data[0] + (filled_ * file_.channels() + channel) * sample_bytes, file_.channels()};
}

void Encoder::convert(const Piece& piece, size_t channel, SampleForm form, Place place) {
  const size_t frames = piece.samples.size() / file_.channels();
  const auto plane = piece.samples.subspan(channel * frames + piece.start, piece.count);
  const Quantised result = quantise(plane, form, place.to, place.step);
  if (!result.finite) {
    const auto at = std::find_if_not(plane.begin(), plane.end(), [](float sample) { return std::isfinite(sample); });
    const uint64_t frame = taken_ + static_cast<uint64_t>(at - plane.begin());
    throw AudioError(ErrorCode::kNonFinite, "frame " + std::to_string(frame) + " of channel " +
                                                std::to_string(channel) + " is " +
                                                (std::isnan(*at) ? "NaN" : "infinite"));
  }
  clipped_ += result.clipped;
}

void Encoder::encode_block() {
  block_->nb_samples = static_cast<int>(filled_);
  block_->pts = static_cast<int64_t>(written_);
  file_.write(*block_);
  written_ += filled_;
  filled_ = 0;
  block_.reset();
}

}  // namespace cochlea
