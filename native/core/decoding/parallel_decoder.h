// Decoder, on several threads: the same samples, damage and messages, in the same order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "allow_list.h"
#include "core/decoding/decoder.h"
#include "core/decoding/decoder_output.h"
#include "core/decoding/segment.h"

namespace cochlea {

// Note [Decoding in segments]
// The job's thread demuxes, and gives packets in segments of some seconds to workers. It takes the segments back in
// their order, checks the seam before each (Note [Seams]) and hands out their samples (Note [Mixing on workers]). As
// many segments are under way as there are workers, and one more to start on; each is bounded in bytes of packets and
// of samples. At the first seam that does not hold, and for codecs that remember too much, one decoder goes on alone on
// the job's thread. The first frame is decoded alone as well: what a caller asks the demuxer after it does not depend
// on how far others have read ahead, and short or broken audio starts no threads.
class ParallelDecoder {
 public:
  // Floats of all channels in a segment, by the durations that packets state: three seconds of 44.1 kHz stereo.
  static constexpr int64_t kSegmentSamples = int64_t{1} << 18;

  // As Decoder. `threads` of 1 decodes on the calling thread. `options` must outlive this.
  ParallelDecoder(Demuxer& demuxer, const DecodeOptions& options, int threads, const Cancellation& cancellation,
                  int64_t segment_samples = kSegmentSamples);
  // Abandons what is under way, and waits for the packets in work.
  ~ParallelDecoder();

  // As Decoder::next(). The first one is a frame.
  DecoderOutput next(Damage& damage);

  // Of the decoder on the calling thread: for one that was made with one thread.
  int32_t noise_state() const { return decoder_.noise_state(); }
  // Whether segments are still decoded in parallel.
  bool is_parallel() const { return rule_ != nullptr; }

 private:
  // A segment that is under way. Whoever waits for the result owns the work, and moves nothing out of it while a worker
  // may read it.
  struct Pending {
    std::unique_ptr<SegmentWork> work;
    std::future<SegmentResult> result;
  };
  // The same, for the worker that takes it.
  struct Task {
    const SegmentWork* work = nullptr;
    std::optional<SegmentTools> tools;
    std::promise<SegmentResult> result;
  };
  // The segment whose events are handed out.
  struct Current {
    std::unique_ptr<SegmentWork> work;
    SegmentResult result;
    size_t next_event = 0;
    size_t mixed_frames = 0;  // handed out
  };

  DecoderOutput first(Damage& damage);
  DecoderOutput alone(Damage& damage);
  // Nothing: the segment has no more.
  std::optional<DecoderOutput> emit(Damage& damage);
  MixedPlanes planes_of(int frames);
  void advance();
  void remember(const std::vector<std::string>& messages);
  void start();
  void stop();
  void fill_queue();
  void hand_out(std::unique_ptr<SegmentWork> work);
  std::unique_ptr<SegmentWork> make_segment();
  int64_t samples_of(const AVPacket& packet) const;
  std::vector<SourcePacket> preroll_after(const std::vector<SourcePacket>& packets) const;
  bool repeats_message(const SegmentResult& segment) const;
  void go_on_alone();
  void work(Mixer& mixer);
  std::optional<Task> next_task();

  // The job's thread.
  Decoder decoder_;  // the first frame, and all behind the last segment
  const DecodeOptions& options_;
  const Cancellation& cancellation_;
  const SegmentRule* rule_;  // null where one decoder goes on alone
  size_t threads_;
  int64_t segment_samples_;
  FrameHandle frame_;  // handed out
  FrameHandle first_;  // its shape; read by workers, once there are any
  bool has_first_ = false;
  int64_t first_samples_ = 0;
  std::set<std::string> said_;             // by decoders, so far
  std::vector<SourcePacket> preroll_;      // of the segment to be made next
  std::optional<SourcePacket> set_aside_;  // the packet at which segments end
  bool has_segments_ = false;              // the first one has the codec of decoder_
  bool all_read_ = false;
  std::deque<Pending> queue_;
  std::optional<Current> current_;
  std::vector<const float*> planes_;  // of the current segment, where next() has found samples

  // Both.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;           // that no worker has taken
  std::vector<SegmentTools> spare_;  // of segments that are handed out
  std::atomic<bool> abandoned_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace cochlea
