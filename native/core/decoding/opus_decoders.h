// Which of two decoders an Opus stream's packets go to.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/ffmpeg.h"

namespace cochlea {

// Note [Two Opus decoders]
// FFmpeg's own decoder gives music (CELT) as libopus does, to 2e-7, in less time. Voice (SILK, alone or
// under CELT) it resamples by itself: two samples late and dull above 6 kHz, 11.7 dB from opusdec. So libopus takes
// over with the first packet that holds voice, or that holds nothing (a pause, which libopus fills), and keeps the
// stream: both modes share a memory where they meet. Streams of several coupled streams are libopus's from their start.
// What libopus would remember had it decoded from the start, it learns from the packets before, kPrerollSamples of
// them: CELT predicts a band's energy from the frame before, and its pitch filter rings on, both ever less. From there
// on the samples are those of libopus alone, within 1e-6.
class OpusDecoders {
 public:
  OpusDecoders(const AVCodecParameters& parameters, AVRational time_base);

  // The decoder to begin with. Throws kUnsupportedCodec, kCorrupt.
  CodecHandle first();

  // Asked before each packet: the decoder that takes over from here, ready for the packet, or null. May change the
  // side data of `packet`. `complaint` becomes what is wrong with a further link's header, or stays.
  CodecHandle before(AVPacket& packet, const char*& complaint);

 private:
  struct FreeParameters {
    void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
  };
  struct Past {
    std::vector<uint8_t> bytes;
    int samples = 0;
  };

  bool is_for_libopus() const;
  CodecHandle open(bool libopus) const;
  CodecHandle next_link(const AVPacket& packet);
  CodecHandle take_over();
  void count(const AVPacket& packet);
  void remember(const AVPacket& packet, int samples);

  std::unique_ptr<AVCodecParameters, FreeParameters> parameters_;
  AVRational time_base_;
  bool has_libopus_ = false;
  bool is_fresh_ = false;  // libopus has not been told what to skip
  int64_t skip_ = 0;       // samples that the decoder is still to drop, from the pre-skip
  std::deque<Past> past_;
  int past_samples_ = 0;
};

}  // namespace cochlea
