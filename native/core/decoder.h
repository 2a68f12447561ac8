// Packets → frames, with what was damaged on the way.
#pragma once

#include "core/demuxer.h"

namespace cochlea {

class Decoder {
 public:
  // Throws kUnsupportedCodec, kCorrupt.
  // Lossless codecs whose packets are independent use up to `threads` threads of FFmpeg's.
  Decoder(Demuxer& demuxer, OnDamage on_damage, const Limits& limits, int threads, const Cancellation& cancellation);

  // Fills `frame` with the next decoded samples; false at the end. Throws kCorrupt at the first damage
  // when on_damage says so, kLimit for a frame outside the limits.
  bool next(AVFrame& frame, Damage& damage);

 private:
  void send(Damage& damage);
  void report(Damage& damage, const char* what);
  void check(const AVFrame& frame) const;

  Demuxer& demuxer_;
  OnDamage on_damage_;
  const Limits& limits_;
  const Cancellation& cancellation_;
  CodecHandle context_;
  PacketHandle packet_;
  bool ended_ = false;
  int64_t complaints_ = 0;  // of the demuxer, reported so far
};

}  // namespace cochlea
