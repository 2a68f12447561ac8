// The one loop that joins demuxer, decoder, mixer and resampler.
#pragma once

#include <memory>
#include <optional>

#include "core/decode_options.h"
#include "core/decoding/parallel_decoder.h"
#include "core/demuxing/demuxer.h"
#include "core/range.h"
#include "core/seeking/seeker.h"
#include "core/sound/mixer.h"
#include "core/sound/output_stage.h"
#include "core/sound/sample_buffer.h"
#include "core/source/byte_source.h"

namespace cochlea {

// Note [Two steps]
// Opening and decoding are two calls, each on a worker thread, so that between them the addon's main
// thread can allocate the result: expected_frames() says how long it will be, if the header is
// believable. One worker at a time uses a Pipeline; nothing in it is shared.
// Note [Real time]
// Reading the next packet may take as long as somebody takes to speak it. So all that is decoded of a source that is
// still coming is resampled before that, and whoever asked for no more than there is gets it. The blocks of
// OutputStage, which make resampling a little faster, are for bytes that are there. The result is the same, however
// the samples come: soxr's does not depend on how its input is split.
// What is left between a sample's arrival and its hand-over: the rest of its packet, whatever the codec holds back, the
// length of soxr's filter, and the length of the piece that is asked for.

class Pipeline {
 public:
  // Opens the source, goes to where the range begins and decodes the first frame. Long audio is decoded on up
  // to `threads` threads, with the same result. `options` and `cancellation` must outlive this. Throws
  // AudioError.
  Pipeline(std::unique_ptr<ByteSource> source, const DecodeOptions& options, int threads,
           const Cancellation& cancellation);
  // Leaves the open container to later requests of the same source, unless something went wrong.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Decodes everything into `output`, which has channels() channels. Called once, instead of fill().
  // Throws AudioError.
  void run(SampleBuffer& output);

  // Decodes until `output` holds at least `frames`; false once the end is reached and all that is left is in it.
  // Always called with the same `output`, from whose front the caller takes by drop(). Throws AudioError.
  bool fill(SampleBuffer& output, size_t frames);
  void drop(SampleBuffer& output, size_t frames);

  int channels() const { return channels_; }
  int sample_rate() const { return sample_rate_; }
  // Length of the result by the header, with some room for what headers leave out; 0 when it states
  // none, or one that the size of the source makes unlikely.
  size_t expected_frames() const;
  // Where `output` begins in the whole audio, in its frames. Known after run() or fill().
  int64_t start_frame() const { return output_start_; }

  const MediaInfo& info() const { return demuxer_->info(); }
  const Damage& damage() const { return damage_; }

 private:
  void open(bool may_seek);
  bool next();
  void skip_to_start();
  void advance(SampleBuffer& output);
  void consume(SampleBuffer& output);
  void configure(SampleBuffer& output);
  void check_length(size_t frames);
  void check_seconds(int64_t frames) const;
  void trim(SampleBuffer& output);
  void start_over(SampleBuffer& output);
  void finish(SampleBuffer& output);
  void check_end();
  std::optional<int64_t> stated_end() const;
  int worthwhile(int threads) const;

  std::unique_ptr<ByteSource> source_;
  const DecodeOptions& options_;
  const Cancellation& cancellation_;
  int given_threads_;
  std::unique_ptr<Demuxer> demuxer_;
  int threads_ = 1;
  std::optional<ParallelDecoder> decoder_;
  FrameHandle frame_;
  Damage damage_;
  int channels_ = 0;
  int sample_rate_ = 0;
  int source_rate_ = 0;        // of the frames that mixer_ and stage_ are set up for
  double seconds_ = 0;         // of the source, taken from the decoder
  double seconds_before_ = 0;  // of them, at other rates than source_rate_
  size_t frames_at_rate_ = 0;
  int64_t position_ = 0;        // in frames of the source: where frame_ begins
  int64_t skipped_ = 0;         // of them, not resampled
  std::optional<int64_t> end_;  // where Tail::kEditList stops
  std::optional<Mixer> mixer_;
  std::unique_ptr<OutputStage> stage_;

  FrameRange range_;
  Landing landing_;
  int32_t noise_ = 0;  // the generator of a decoder that has drawn none
  ResamplerStart start_;
  int64_t first_ = 0;         // of the range as asked for; range_.first moves on when it starts over
  int64_t output_start_ = 0;  // in frames of the output: where the buffer begins
  bool whole_ = false;        // run() without a range: the stage may write in the background
  bool has_frame_ = false;
  bool ended_ = false;
  bool resumed_ = false;   // it has started over, after some samples were handed out
  bool is_sound_ = false;  // no call has thrown
};

// Opens a source far enough to describe it.
MediaInfo probe(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation);

}  // namespace cochlea
