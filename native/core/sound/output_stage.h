// From the mixer to the output buffer: samples are gathered into blocks and resampled, on the worker's
// own thread or on one beside it.
#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/sound/resampler.h"

namespace cochlea {

class OutputStage {
 public:
  virtual ~OutputStage() = default;
  // Where the next `frames` samples of each channel go; valid until the next call.
  virtual float* const* space(size_t frames) = 0;
  virtual void commit(size_t frames) = 0;
  // Writes to the output buffer what can be made of what there is: the next samples may take a while.
  virtual void hand_on() = 0;
  // Writes everything to the output buffer. Called once, at the end.
  virtual void finish() = 0;

  // Equal rates go straight to `output`; otherwise through soxr, in the background when asked for.
  static std::unique_ptr<OutputStage> make(int from, int to, int channels, Quality quality, bool background,
                                           SampleBuffer& output);
};

// Planar samples on their way to the resampler.
struct Block {
  std::vector<std::vector<float>> planes;
  std::vector<float*> next;
  size_t frames = 0;

  explicit Block(int channels) : planes(static_cast<size_t>(channels)), next(planes.size()) {}
  // Room for `more` behind what is there.
  float* const* space(size_t more, size_t capacity);
  const float* const* data();
};

// Resamples on the calling thread.
class ResampleStage final : public OutputStage {
 public:
  ResampleStage(int from, int to, int channels, Quality quality, SampleBuffer& output);
  float* const* space(size_t frames) override;
  void commit(size_t frames) override;
  void hand_on() override;
  void finish() override;

 private:
  Resampler resampler_;
  Block block_;
};

// Note [Resampling beside decoding]
// Resampling takes a sixth to a third of the time of a decode, and needs nothing of the decoder but its
// samples: for long audio on an idle machine it runs on a second thread, a few blocks behind. Blocks
// travel in a ring, so the result is the same to the bit. The decoding thread owns block `filling_`;
// the resampling thread owns the `ready_` blocks before it, and the output buffer until finish()
// returns or the stage is destroyed.
class BackgroundResampleStage final : public OutputStage {
 public:
  BackgroundResampleStage(int from, int to, int channels, Quality quality, SampleBuffer& output);
  // Abandons what has not been resampled, and waits for the block in work.
  ~BackgroundResampleStage() override;
  float* const* space(size_t frames) override;
  void commit(size_t frames) override;
  // Not for what is still coming.
  void hand_on() override {}
  void finish() override;

 private:
  static constexpr size_t kBlocks = 4;

  void hand_over();
  void work();

  Resampler resampler_;
  std::vector<Block> ring_;
  size_t filling_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  size_t ready_ = 0;
  bool ended_ = false;
  bool abandoned_ = false;
  std::exception_ptr error_;
  std::jthread thread_;
};

}  // namespace cochlea
