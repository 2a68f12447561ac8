// The one loop that joins a source of frames (demuxer, decoder) and a writer of samples (mixer, resampler).
#pragma once

#include <memory>
#include <optional>

#include "core/decode_options.h"
#include "core/pipeline/frame_source.h"
#include "core/pipeline/range_plan.h"
#include "core/pipeline/sample_writer.h"
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

  int channels() const { return shape_.channels; }
  int sample_rate() const { return shape_.sample_rate; }
  // Length of the result by the header, with some room for what headers leave out; 0 when it states
  // none, or one that the size of the source makes unlikely.
  size_t expected_frames() const;
  // Where `output` begins in the whole audio, in its frames. Known after run() or fill().
  int64_t start_frame() const { return output_start_; }

  const MediaInfo& info() const { return frames_->demuxer().info(); }
  const Damage& damage() const { return frames_->damage(); }

 private:
  void advance(SampleBuffer& output);
  void write(SampleBuffer& output);
  void trim(SampleBuffer& output);
  void start_over(SampleBuffer& output);
  void finish(SampleBuffer& output);
  void check_seconds(int64_t frames) const;
  void check_end();
  bool is_short_of_header() const;

  std::unique_ptr<ByteSource> source_;
  const DecodeOptions& options_;
  const Cancellation& cancellation_;
  std::unique_ptr<FrameSource> frames_;
  std::optional<SampleWriter> writer_;  // from the first frame on
  OutputShape shape_;
  RangePlan plan_;
  int64_t output_start_ = 0;  // in frames of the output: where the buffer begins
  bool whole_ = false;        // run() without a range: nobody takes from the buffer meanwhile
  bool ended_ = false;
  bool is_sound_ = false;  // no call has thrown
};

// Opens a source far enough to describe it.
MediaInfo probe(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation);

}  // namespace cochlea
