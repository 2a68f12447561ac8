// One of FFmpeg's decoders: packets → frames and complaints. Who counts the complaints is up to the caller.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "core/decoding/opus_decoders.h"
#include "core/ffmpeg.h"

namespace cochlea {

class Demuxer;
struct SourcePacket;

// What a decoder is opened with. A copy: the demuxer may change its stream's facts as it reads.
class CodecSetup {
 public:
  // Throws kEncrypted, kUnsupportedCodec.
  explicit CodecSetup(const Demuxer& demuxer);
  AVRational time_base() const { return time_base_; }

 private:
  friend class Codec;
  struct Free {
    void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
  };

  const AVCodec& codec_;
  std::unique_ptr<AVCodecParameters, Free> parameters_;
  AVRational time_base_;
};

class Codec {
 public:
  // Throws kUnsupportedCodec, kCorrupt.
  explicit Codec(const CodecSetup& setup);

  // Gives the decoder its next packet, or tells it that there are no more. Returns what is wrong with it, in
  // words that end "the audio holds …", or null.
  const char* send(const SourcePacket& source);

  enum class Answer { kFrame, kNeedsPacket, kEnd };
  // Fills `frame` with the next samples; `complaint` becomes what is wrong, or null.
  Answer receive(AVFrame& frame, const char*& complaint);

  // Makes ready for packets from another place of the same stream.
  void reset() { avcodec_flush_buffers(context_.get()); }

  // What the decoder remembers for longer than the packets of its pre-roll: nothing, if its codec has a
  // SegmentRule. Words for AAC, where that depends on the stream; none where it remembers more than can be told.
  using Memory = std::array<int32_t, 8>;
  std::optional<Memory> memory() const;
  // Of that, the state of AAC's noise generator, which moves on with all noise since the start; else 0.
  int32_t noise_state() const;

 private:
  CodecHandle context_;
  std::unique_ptr<OpusDecoders> opus_;  // only of Opus
};

}  // namespace cochlea
