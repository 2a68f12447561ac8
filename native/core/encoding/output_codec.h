// What FFmpeg calls the formats that are written, and what it needs to know for each.
#pragma once

#include "core/encoding/encode_options.h"
#include "core/encoding/quantise.h"
#include "core/ffmpeg.h"

namespace cochlea {

struct OutputCodec {
  const char* muxer;
  const char* encoder;
  // What the encoder takes, and how samples become that.
  AVSampleFormat sample_format;
  SampleForm form;
  // Whether a bit rate says how much is kept.
  bool is_lossy;
};

OutputCodec output_codec(const EncodeOptions& options);

// Of the rates that an encoder has, the lowest that keeps all that is in the samples, else its highest.
int nearest_rate(const AVCodec* encoder, int sample_rate);

}  // namespace cochlea
