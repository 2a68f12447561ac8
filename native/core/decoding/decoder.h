// Packets → frames on the calling thread, with what was damaged on the way.
#pragma once

#include "core/decoding/codec.h"
#include "core/demuxing/packet_reader.h"

namespace cochlea {

class Decoder {
 public:
  // Throws kEncrypted, kUnsupportedCodec, kCorrupt.
  Decoder(Demuxer& demuxer, OnDamage on_damage, const Limits& limits, const Cancellation& cancellation);

  // Fills `frame` with the next decoded samples; false at the end. Throws kCorrupt at the first damage
  // when on_damage says so, kLimit for a frame outside the limits.
  bool next(AVFrame& frame, Damage& damage);

  int32_t noise_state() const { return codec_.noise_state(); }

  // The parts, for ParallelDecoder, which decodes with others in between: what has to be said before a packet
  // is decoded and after a frame was.
  void announce(const SourcePacket& packet, Damage& damage) const;
  void accept(const AVFrame& frame, const char* complaint, Damage& damage) const;
  void report(const char* complaint, Damage& damage) const;
  const CodecSetup& setup() const { return setup_; }
  PacketReader& packets() { return packets_; }
  // Gives the codec away, and goes on later with one that has decoded up to the packet that is read next.
  Codec take_codec() { return std::move(codec_); }
  void give_codec(Codec codec) { codec_ = std::move(codec); }

 private:
  void send(Damage& damage);
  void check(const AVFrame& frame) const;

  OnDamage on_damage_;
  const Limits& limits_;
  const Cancellation& cancellation_;
  PacketReader packets_;
  CodecSetup setup_;
  Codec codec_;
};

}  // namespace cochlea
