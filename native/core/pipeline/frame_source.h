// The decoded frames of a source, from its first sample or from a place shortly before a range.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/decoding/decoder_output.h"
#include "core/decoding/parallel_decoder.h"
#include "core/demuxing/demuxer.h"
#include "core/pipeline/range_plan.h"
#include "core/seeking/seeker.h"

namespace cochlea {

// Note [Unproven ways]
// Where a way to a range was taken, each frame is looked at: Note [Ranges without decoding what lies before] says what
// must hold. If something does not, nothing that was decoded on this way counts, damage included. The source of frames
// says so, and is replaced by one that begins at the first sample. It is never set back.
class FrameSource {
 public:
  // Opens the container, goes to where the range begins, and decodes the first frame: as near to the range as is proven
  // so far, else as from_start(). `source`, `options` and `cancellation` must outlive this. Throws AudioError.
  static std::unique_ptr<FrameSource> near_range(ByteSource& source, const DecodeOptions& options, int threads,
                                                 const Cancellation& cancellation);
  // The same from the first sample. Never unproven.
  static std::unique_ptr<FrameSource> from_start(ByteSource& source, const DecodeOptions& options, int threads,
                                                 const Cancellation& cancellation);

  // How the demuxer came to where it is.
  struct Way {
    ResamplerStart start;  // frames before it are passed over
    Landing landing;
    Damage damage;  // met on the way
  };
  FrameSource(std::unique_ptr<Demuxer> demuxer, const DecodeOptions& options, int threads,
              const Cancellation& cancellation, Way way);

  enum class Step { kFrame, kEnd, kUnproven };
  // To the next frame. The first call gives the frame that was decoded by opening.
  Step next();
  // That frame, or its samples if they are mixed already.
  const DecoderOutput& decoded() const { return decoded_; }

  // What the first frame is decoded to, and its rate.
  OutputShape shape() const { return shape_; }
  int first_rate() const { return first_rate_; }
  const RangePlan& plan() const { return plan_; }
  // Frames of the source that were passed over before the first one.
  int64_t skipped() const { return skipped_; }
  // Of the output: what the first frame resamples to.
  int64_t output_start() const { return way_.start.output_frame; }
  // Whether the audio ends where an edit list says.
  bool is_cut() const { return end_.has_value(); }
  int threads() const { return threads_; }
  const Demuxer& demuxer() const { return *demuxer_; }
  // Of all frames so far. Who uses the frames adds to it.
  Damage& damage() { return way_.damage; }
  const Damage& damage() const { return way_.damage; }
  // Leaves the container to later requests of the source.
  static void keep_container(std::unique_ptr<FrameSource> frames, const ByteSource& source);

 private:
  Step decode();
  // Of those that are looked at here: none of them is mixed.
  AVFrame& frame() const { return *std::get<AVFrame*>(decoded_); }
  bool is_where_it_should_be(Step step) const;
  bool skip_to_start(const Cancellation& cancellation);
  void drop_front(int frames);
  AudioError refusal() const;

  std::unique_ptr<Demuxer> demuxer_;
  int threads_;
  ParallelDecoder decoder_;
  Way way_;
  int32_t noise_;  // the generator of a decoder that has drawn none
  DecoderOutput decoded_;
  bool is_waiting_ = false;  // decoded_ is the next one
  bool is_proven_ = true;
  OutputShape shape_;
  int first_rate_ = 0;
  RangePlan plan_;
  int64_t position_;  // in frames of the source: where the next frame begins
  int64_t skipped_ = 0;
  std::optional<int64_t> end_;  // where Tail::kEditList stops
};

}  // namespace cochlea
