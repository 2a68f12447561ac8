#include "core/decoding/decoder.h"

#include <string>
#include <utility>

#include "core/error.h"

namespace cochlea {

Decoder::Decoder(Demuxer& demuxer, OnDamage on_damage, const Limits& limits, const Cancellation& cancellation)
    : on_damage_(on_damage),
      limits_(limits),
      cancellation_(cancellation),
      packets_(demuxer),
      setup_(demuxer),
      codec_(setup_) {
  cancellation_.check();
}

bool Decoder::next(AVFrame& frame, Damage& damage) {
  while (true) {
    const char* complaint = nullptr;
    const Codec::Answer answer = codec_.receive(frame, complaint);
    if (answer == Codec::Answer::kFrame) {
      accept(frame, complaint, damage);
      return true;
    }
    if (answer == Codec::Answer::kEnd) return false;
    report(complaint, damage);
    cancellation_.check();
    send(damage);
  }
}

void Decoder::send(Damage& damage) {
  const SourcePacket next = packets_.read();
  announce(next, damage);
  report(codec_.send(next), damage);
}

void Decoder::announce(const SourcePacket& packet, Damage& damage) const {
  LogScope::append(packet.messages);
  if (packet.error) std::rethrow_exception(packet.error);
  if (packet.complained) report("something that its container's own checks refuse", damage);
  if (!packet.truncated) return;
  damage.truncated = true;
  if (on_damage_ == OnDamage::kError) throw AudioError(ErrorCode::kCorrupt, "the audio ends in damage");
}

void Decoder::accept(const AVFrame& frame, const char* complaint, Damage& damage) const {
  check(frame);
  report(complaint, damage);
}

void Decoder::report(const char* complaint, Damage& damage) const {
  if (complaint == nullptr) return;
  if (on_damage_ == OnDamage::kError) {
    throw AudioError(ErrorCode::kCorrupt, std::string("the audio holds ") + complaint);
  }
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
