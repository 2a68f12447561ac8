// The decoded samples, in memory that JavaScript will own: planar float32, [channels, frames].
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/memory.h"

namespace cochlea {

using Samples = Memory<float>;

// Uninitialised memory for `count` samples. Throws kInternal.
Samples allocate_samples(size_t count);

// Filled by one worker. Starts in memory lent by JavaScript when the header states a believable
// length, and moves to memory of its own ("spills") when that proves short, or when nothing is lent.
class SampleBuffer {
 public:
  // `max_bytes` caps the whole result: growing beyond it, and join(), throw kLimit "decodedBytes".
  SampleBuffer(int channels, double max_bytes);

  // Lends memory whose owner keeps it alive while the buffer is used: capacity is split evenly.
  void lend(std::span<float> memory);

  // Where the next `frames` samples of each channel go. Valid until the next call of any member.
  float* const* space(size_t frames);
  // Counts `frames` samples that were written there.
  void commit(size_t frames) { frames_ += frames; }

  // Cuts, or extends with zeros.
  void resize(size_t frames);
  // Forgets the first `frames` samples of each channel. The rest moves to the front only now and then.
  void drop(size_t frames);
  // Copies the first `frames` samples of each channel to `to`, [channels, frames].
  void copy(size_t frames, std::span<float> to) const;
  // Closes the gaps between channels, so that data() is one block of channels × frames.
  void join();

  int channels() const { return static_cast<int>(planes_.size()); }
  size_t frames() const { return frames_; }
  // Whether the samples are in memory of the buffer's own. Otherwise they start where lend() said.
  bool spilled() const { return spilled_; }
  const float* data() const { return planes_.front() + dropped_; }
  // Gives the memory of a joined, spilled buffer away.
  Samples release();

 private:
  void grow(size_t capacity);
  void compact();

  double max_bytes_;
  std::vector<Samples> own_;
  std::vector<float*> planes_;  // start of each channel
  std::vector<float*> next_;    // where space() points
  size_t capacity_ = 0;         // frames per channel
  size_t dropped_ = 0;          // frames per channel, before the first that counts
  size_t frames_ = 0;
  bool spilled_ = true;
};

}  // namespace cochlea
