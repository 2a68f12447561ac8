// Decoded frames → samples in the output buffer: counted, mixed and resampled.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "core/decode_options.h"
#include "core/decoding/decoder_output.h"
#include "core/sound/mixer.h"
#include "core/sound/output_stage.h"
#include "core/sound/sample_buffer.h"

namespace cochlea {

class SampleWriter {
 public:
  // How much is written before anybody takes it.
  enum class Amount {
    kPieces,           // some, of a part or of all: the caller counts what it takes
    kAll,              // all of the audio
    kAllInBackground,  // the same, resampled on a thread beside this one
  };

  // `options` and `output` must outlive this. In the background, nobody else uses `output` until finish() returns or
  // this is destroyed.
  SampleWriter(const DecodeOptions& options, OutputShape shape, Amount amount, SampleBuffer& output);

  // Writes the samples of a frame. Throws kLimit before anything is allocated for it, and what Mixer and OutputStage
  // do.
  void write(const AVFrame& frame, Damage& damage);
  void write(const MixedPlanes& mixed);
  // Writes to the output what can be made of what there is.
  void hand_on() { stage_->hand_on(); }
  // Writes everything to the output. Called once, at the end.
  void finish();

  // Of the source, taken from its frames.
  double seconds() const { return seconds_; }
  // Of the last frame; 0 before the first one.
  int source_rate() const { return source_rate_; }

 private:
  void count(int frames, int rate);
  float* const* space(int frames, int rate);
  void commit(int frames) { stage_->commit(static_cast<size_t>(frames)); }

  const DecodeOptions& options_;
  OutputShape shape_;
  Amount amount_;
  SampleBuffer& output_;
  int source_rate_ = 0;        // of the frames that mixer_ and stage_ are set up for
  double seconds_ = 0;         // of the source
  double seconds_before_ = 0;  // of them, at other rates than source_rate_
  size_t frames_at_rate_ = 0;
  std::optional<Mixer> mixer_;
  std::unique_ptr<OutputStage> stage_;
};

}  // namespace cochlea
