#include "core/decoder.h"

#include <algorithm>
#include <string>

#include "allow_list.h"
#include "core/error.h"

namespace cochlea {

namespace {

// Above the largest frame of any codec here (Monkey's Audio and True Audio: about a second); a header
// that asks for more is lying.
constexpr int64_t kMaxFrameSamples = 1 << 22;

// Beyond four, one demuxing thread cannot feed them.
constexpr int kMaxThreads = 4;

}  // namespace

Decoder::Decoder(Demuxer& demuxer, OnDamage on_damage, const Limits& limits, int threads,
                 const Cancellation& cancellation)
    : demuxer_(demuxer),
      on_damage_(on_damage),
      limits_(limits),
      cancellation_(cancellation),
      context_(avcodec_alloc_context3(&demuxer.codec())),
      packet_(make_packet()) {
  if (!context_) throw AudioError(ErrorCode::kInternal, "out of memory");
  const AVStream& stream = demuxer.stream();
  int result = avcodec_parameters_to_context(context_.get(), stream.codecpar);
  if (result >= 0) {
    context_->pkt_timebase = stream.time_base;
    context_->thread_count = std::min(threads, kMaxThreads);
    context_->thread_type = FF_THREAD_FRAME;
    context_->max_samples = kMaxFrameSamples;
    context_->codec_whitelist = av_strdup(kAllowedDecoders);
    if (context_->codec_whitelist == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
    result = avcodec_open2(context_.get(), &demuxer.codec(), nullptr);
  }
  cancellation_.check();
  if (result == AVERROR_PATCHWELCOME || result == AVERROR(ENOSYS)) {
    throw AudioError(ErrorCode::kUnsupportedCodec,
                     "a variant of " + demuxer.info().stream.codec + " that FFmpeg does not decode");
  }
  if (result < 0) {
    throw AudioError(ErrorCode::kCorrupt,
                     "the " + demuxer.info().stream.codec + " header cannot be used: " + error_text(result));
  }
}

bool Decoder::next(AVFrame& frame, Damage& damage) {
  while (true) {
    const int result = avcodec_receive_frame(context_.get(), &frame);
    if (result == 0) {
      if (frame.nb_samples <= 0) continue;
      check(frame);
      if ((frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0)
        report(damage, "a damaged frame");
      return true;
    }
    if (result == AVERROR_EOF) return false;
    if (result != AVERROR(EAGAIN)) {
      if (result == AVERROR(ENOMEM)) throw AudioError(ErrorCode::kInternal, "out of memory");
      report(damage, "a packet that does not decode");
    }
    cancellation_.check();
    send(damage);
  }
}

// Gives the decoder its next packet, or tells it once that there are no more.
void Decoder::send(Damage& damage) {
  const bool was_truncated = damage.truncated;
  const bool ends = ended_ || !demuxer_.read(*packet_, damage);
  if (demuxer_.complaints() > complaints_) {
    complaints_ = demuxer_.complaints();
    report(damage, "something that its container's own checks refuse");
  }
  if (ends) {
    if (damage.truncated && !was_truncated && on_damage_ == OnDamage::kError) {
      throw AudioError(ErrorCode::kCorrupt, "the audio ends in damage");
    }
    ended_ = true;
    avcodec_send_packet(context_.get(), nullptr);
    return;
  }
  const bool cut_short = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && demuxer_.states_its_end();
  const int result = avcodec_send_packet(context_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (result == AVERROR(ENOMEM)) throw AudioError(ErrorCode::kInternal, "out of memory");
  if (result < 0 && result != AVERROR_EOF) {
    report(damage, "a packet that does not decode");
  } else if (cut_short) {
    report(damage, "a packet that is cut short");
  }
}

void Decoder::report(Damage& damage, const char* what) {
  if (on_damage_ == OnDamage::kError) throw AudioError(ErrorCode::kCorrupt, std::string("the audio holds ") + what);
  ++damage.packets;
}

// Sizes in headers lie, and a stream may change in its middle: every frame is looked at.
void Decoder::check(const AVFrame& frame) const {
  const auto rate = static_cast<double>(frame.sample_rate);
  const auto channels = static_cast<double>(frame.ch_layout.nb_channels);
  if (frame.sample_rate <= 0 || frame.ch_layout.nb_channels <= 0) {
    throw AudioError(ErrorCode::kCorrupt, "the decoder emitted a frame without rate or channels");
  }
  if (rate < limits_.min_sample_rate || rate > limits_.max_sample_rate) {
    throw AudioError::limit("sampleRate",
                            rate < limits_.min_sample_rate ? limits_.min_sample_rate : limits_.max_sample_rate, rate,
                            "the sample rate of the source is outside the limit");
  }
  if (channels > limits_.channels) {
    throw AudioError::limit("channels", limits_.channels, channels, "the source has more channels than the limit");
  }
}

}  // namespace cochlea
