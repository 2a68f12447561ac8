#include "core/sound/output_stage.h"

#include <algorithm>
#include <system_error>

namespace cochlea {

namespace {

// Large enough that a call of soxr costs nothing beside its work, small enough to stay in cache.
constexpr size_t kBlockFrames = 8192;
// Larger between threads: each hand-over may wake a sleeping one.
constexpr size_t kBackgroundBlockFrames = 32'768;

// Nothing to resample: the mixer writes into the output itself.
class DirectStage final : public OutputStage {
 public:
  explicit DirectStage(SampleBuffer& output) : output_(output) {}
  float* const* space(size_t frames) override { return output_.space(frames); }
  void commit(size_t frames) override { output_.commit(frames); }
  void hand_on() override {}
  void finish() override {}

 private:
  SampleBuffer& output_;
};

}  // namespace

std::unique_ptr<OutputStage> OutputStage::make(int from, int to, int channels, Quality quality, bool background,
                                               SampleBuffer& output) {
  if (from == to) return std::make_unique<DirectStage>(output);
  try {
    if (background) return std::make_unique<BackgroundResampleStage>(from, to, channels, quality, output);
  } catch (const std::system_error&) {
    // The system gives no more threads: this one resamples.
  }
  return std::make_unique<ResampleStage>(from, to, channels, quality, output);
}

float* const* Block::space(size_t more, size_t capacity) {
  for (size_t c = 0; c < planes.size(); ++c) {
    if (planes[c].size() < frames + more) planes[c].resize(std::max(capacity, frames + more));
    next[c] = planes[c].data() + frames;
  }
  return next.data();
}

const float* const* Block::data() {
  for (size_t c = 0; c < planes.size(); ++c) next[c] = planes[c].data();
  return next.data();
}

ResampleStage::ResampleStage(int from, int to, int channels, Quality quality, SampleBuffer& output)
    : resampler_(from, to, channels, quality, output), block_(channels) {}

float* const* ResampleStage::space(size_t frames) {
  if (block_.frames + frames > kBlockFrames) hand_on();
  return block_.space(frames, kBlockFrames);
}

void ResampleStage::commit(size_t frames) { block_.frames += frames; }

void ResampleStage::hand_on() {
  resampler_.push(block_.data(), block_.frames);
  block_.frames = 0;
}

void ResampleStage::finish() {
  hand_on();
  resampler_.finish();
}

BackgroundResampleStage::BackgroundResampleStage(int from, int to, int channels, Quality quality, SampleBuffer& output)
    : resampler_(from, to, channels, quality, output), ring_(kBlocks, Block(channels)), thread_([this] { work(); }) {}

BackgroundResampleStage::~BackgroundResampleStage() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
}

float* const* BackgroundResampleStage::space(size_t frames) {
  if (ring_[filling_].frames + frames > kBackgroundBlockFrames) hand_over();
  return ring_[filling_].space(frames, kBackgroundBlockFrames);
}

void BackgroundResampleStage::commit(size_t frames) { ring_[filling_].frames += frames; }

// Decoding thread: gives the filled block away and waits for a free one.
void BackgroundResampleStage::hand_over() {
  std::unique_lock lock(mutex_);
  ++ready_;
  filling_ = (filling_ + 1) % kBlocks;
  changed_.notify_all();
  changed_.wait(lock, [this] { return ready_ < kBlocks || error_; });
  if (error_) std::rethrow_exception(error_);
}

void BackgroundResampleStage::finish() {
  {
    const std::lock_guard lock(mutex_);
    ++ready_;
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (error_) std::rethrow_exception(error_);
}

// Resampling thread.
void BackgroundResampleStage::work() {
  size_t next = 0;
  std::unique_lock lock(mutex_);
  try {
    while (true) {
      changed_.wait(lock, [this] { return ready_ > 0 || ended_ || abandoned_; });
      if (abandoned_) return;
      if (ready_ == 0) break;
      lock.unlock();
      Block& block = ring_[next];
      resampler_.push(block.data(), block.frames);
      block.frames = 0;
      next = (next + 1) % kBlocks;
      lock.lock();
      --ready_;
      changed_.notify_all();
    }
    resampler_.finish();
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    error_ = std::current_exception();
    changed_.notify_all();
  }
}

}  // namespace cochlea
