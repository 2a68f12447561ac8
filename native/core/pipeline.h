// The one loop that joins demuxer, decoder, mixer and resampler.
#pragma once

#include <memory>
#include <optional>

#include "core/byte_source.h"
#include "core/decode_options.h"
#include "core/demuxer.h"
#include "core/mixer.h"
#include "core/output_stage.h"
#include "core/parallel_decoder.h"
#include "core/sample_buffer.h"

namespace cochlea {

// Note [Two steps]
// Opening and decoding are two calls, each on a worker thread, so that between them the addon's main
// thread can allocate the result: expected_frames() says how long it will be, if the header is
// believable. One worker at a time uses a Pipeline; nothing in it is shared.
class Pipeline {
 public:
  // Opens the source and decodes its first frame. Long audio is decoded on up to `threads` threads,
  // with the same result. `options` and `cancellation` must outlive this. Throws AudioError.
  Pipeline(std::unique_ptr<ByteSource> source, const DecodeOptions& options, int threads,
           const Cancellation& cancellation);

  // Decodes everything into `output`, which has channels() channels. Called once. Throws AudioError.
  void run(SampleBuffer& output);

  int channels() const { return channels_; }
  int sample_rate() const { return sample_rate_; }
  // Length of the result by the header, with some room for what headers leave out; 0 when it states
  // none, or one that the size of the source makes unlikely.
  size_t expected_frames() const;

  const MediaInfo& info() const { return demuxer_.info(); }
  const Damage& damage() const { return damage_; }

 private:
  void consume(SampleBuffer& output);
  void configure(SampleBuffer& output);
  void check_length(size_t frames);
  void finish(SampleBuffer& output);
  std::optional<int64_t> stated_end() const;
  int worthwhile(int threads) const;

  std::unique_ptr<ByteSource> source_;
  const DecodeOptions& options_;
  const Cancellation& cancellation_;
  Demuxer demuxer_;
  int threads_;
  ParallelDecoder decoder_;
  FrameHandle frame_;
  Damage damage_;
  int channels_ = 0;
  int sample_rate_ = 0;
  int source_rate_ = 0;        // of the frames that mixer_ and stage_ are set up for
  double seconds_ = 0;         // of the source, taken from the decoder
  double seconds_before_ = 0;  // of them, at other rates than source_rate_
  size_t frames_at_rate_ = 0;
  int64_t frames_ = 0;          // taken from the decoder
  std::optional<int64_t> end_;  // where Tail::kEditList stops
  std::optional<Mixer> mixer_;
  std::unique_ptr<OutputStage> stage_;
};

// Opens a source far enough to describe it.
MediaInfo probe(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation);

}  // namespace cochlea
