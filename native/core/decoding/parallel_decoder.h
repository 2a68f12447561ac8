// Decoder, on several threads: the same samples, damage and messages, in the same order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "allow_list.h"
#include "core/decoding/decoder.h"
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

  // As Decoder::next().
  bool next(AVFrame& frame, Damage& damage);
  // Where the samples are that next() has found, if they are mixed already; then the frame tells only their rate and
  // how many they are. Otherwise null.
  const float* const* mixed() const { return is_mixed_ ? mixed_.data() : nullptr; }

  // Of the decoder on the calling thread: for one that was made with one thread.
  int32_t noise_state() const { return decoder_.noise_state(); }
  // Whether segments are still decoded in parallel.
  bool is_parallel() const { return rule_ != nullptr; }

 private:
  enum class State { kWaiting, kRunning, kDone };
  struct Entry {
    explicit Entry(int channels) : segment(channels) {}
    Segment segment;
    State state = State::kWaiting;
  };
  // What a segment leaves behind for one that comes later.
  struct Spare {
    Codec codec;
    Block mixed;
  };

  bool first(AVFrame& frame, Damage& damage);
  bool emit(AVFrame& frame, Damage& damage);
  void advance();
  void remember(const std::vector<std::string>& messages);
  void start();
  void stop();
  void fill_queue();
  std::unique_ptr<Entry> make_segment();
  int64_t samples_of(const AVPacket& packet) const;
  std::vector<SourcePacket> preroll_after(const std::vector<SourcePacket>& packets) const;
  bool repeats_message(const Segment& segment) const;
  void go_on_alone();
  void work(Mixer& mixer);

  Decoder decoder_;  // the first frame, and all behind the last segment
  const DecodeOptions& options_;
  const Cancellation& cancellation_;
  const SegmentRule* rule_;  // null where one decoder goes on alone
  size_t threads_;
  int64_t segment_samples_;
  bool has_first_ = false;
  FrameHandle first_;  // its shape
  int64_t first_samples_ = 0;
  std::set<std::string> said_;  // by decoders, so far

  std::vector<SourcePacket> preroll_;      // of the segment to be made next
  std::optional<SourcePacket> set_aside_;  // the packet at which segments end
  std::optional<Codec> codec_;             // for the first segment; or to go on alone with
  bool all_read_ = false;
  std::unique_ptr<Entry> current_;  // whose events are handed out
  size_t next_event_ = 0;
  bool is_mixed_ = false;
  std::vector<const float*> mixed_;
  size_t mixed_frames_ = 0;  // of the current segment, handed out

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Entry>> queue_;
  std::vector<Spare> spare_;  // of segments that are handed out
  std::atomic<bool> abandoned_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace cochlea
