#include "core/sound/sample_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "core/error.h"

namespace cochlea {

namespace {

// First allocation of a buffer whose length nobody stated: two seconds at 16 kHz.
constexpr size_t kInitialFrames = 32'768;

// std::realloc keeps large blocks in place or remaps their pages, which no container does.
void reallocate(Samples& samples, size_t count) {
  auto* moved = static_cast<float*>(std::realloc(samples.get(), std::max<size_t>(count, 1) * sizeof(float)));
  if (moved == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory for the decoded samples");
  static_cast<void>(samples.release());
  samples.reset(moved);
}

// Touching fresh memory costs a page fault for each 4 KiB, a few percent of a fast decode. Large
// results ask for huge pages, as NumPy does for its arrays; without them nothing changes. Not where memory
// grows: the advice splits a mapping in two, which the kernel then refuses to move, so that realloc copies
// and holds the samples twice.
void prefer_huge_pages([[maybe_unused]] float* samples, [[maybe_unused]] size_t count) {
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t kHugePage = 2 * 1024 * 1024;
  const auto address = reinterpret_cast<uintptr_t>(samples);
  const uintptr_t start = (address + kHugePage - 1) & ~(kHugePage - 1);
  const uintptr_t end = (address + count * sizeof(float)) & ~(kHugePage - 1);
  if (end > start) ::madvise(reinterpret_cast<void*>(start), end - start, MADV_HUGEPAGE);
#endif
}

}  // namespace

Samples allocate_samples(size_t count) {
  Samples samples;
  reallocate(samples, count);
  return samples;
}

SampleBuffer::SampleBuffer(int channels, double max_bytes)
    : max_bytes_(max_bytes), own_(static_cast<size_t>(channels)), planes_(own_.size()), next_(own_.size()) {}

void SampleBuffer::lend(std::span<float> memory) {
  capacity_ = memory.size() / planes_.size();
  for (size_t c = 0; c < planes_.size(); ++c) planes_[c] = memory.subspan(c * capacity_).data();
  spilled_ = false;
  prefer_huge_pages(memory.data(), memory.size());
}

float* const* SampleBuffer::space(size_t frames) {
  if (dropped_ + frames_ + frames > capacity_) {
    compact();
    const size_t needed = frames_ + frames;
    if (needed > capacity_) grow(std::max({needed, capacity_ + capacity_ / 2, kInitialFrames}));
  }
  for (size_t c = 0; c < planes_.size(); ++c) next_[c] = planes_[c] + dropped_ + frames_;
  return next_.data();
}

void SampleBuffer::grow(size_t capacity) {
  const double frame_bytes = static_cast<double>(planes_.size() * sizeof(float));
  if (static_cast<double>(frames_) * frame_bytes > max_bytes_) {
    throw AudioError::limit("decodedBytes", max_bytes_, static_cast<double>(frames_) * frame_bytes,
                            "the decoded audio is larger than the limit");
  }
  for (size_t c = 0; c < planes_.size(); ++c) {
    reallocate(own_[c], capacity);
    if (!spilled_) std::copy_n(planes_[c], frames_, own_[c].get());
    planes_[c] = own_[c].get();
  }
  capacity_ = capacity;
  spilled_ = true;
}

void SampleBuffer::resize(size_t frames) {
  if (frames > frames_) {
    const size_t missing = frames - frames_;
    float* const* planes = space(missing);
    for (size_t c = 0; c < planes_.size(); ++c) std::fill_n(planes[c], missing, 0.0f);
  }
  frames_ = frames;
}

void SampleBuffer::drop(size_t frames) {
  const size_t count = std::min(frames, frames_);
  dropped_ += count;
  frames_ -= count;
  // Each sample moves at most once for each one that was dropped.
  if (dropped_ >= frames_) compact();
}

void SampleBuffer::compact() {
  if (dropped_ == 0) return;
  for (float* plane : planes_) {
    if (frames_ > 0) std::memmove(plane, plane + dropped_, frames_ * sizeof(float));
  }
  dropped_ = 0;
}

void SampleBuffer::copy(size_t frames, std::span<float> to) const {
  const size_t count = std::min(frames, frames_);
  for (size_t c = 0; c < planes_.size(); ++c) {
    // Not subspan(offset, count), whose count may mean "the rest": gcc 12 under sanitizers warns of that.
    std::copy_n(planes_[c] + dropped_, count, to.subspan(c * frames).first(count).data());
  }
}

void SampleBuffer::join() {
  compact();
  if (static_cast<double>(frames_ * planes_.size() * sizeof(float)) > max_bytes_) {
    throw AudioError::limit("decodedBytes", max_bytes_, static_cast<double>(frames_ * planes_.size() * sizeof(float)),
                            "the decoded audio is larger than the limit");
  }
  if (spilled_ && planes_.size() > 1) {
    Samples joined;
    reallocate(joined, planes_.size() * frames_);
    for (size_t c = 0; c < planes_.size(); ++c) {
      std::copy_n(planes_[c], frames_, joined.get() + c * frames_);
      own_[c].reset();
      planes_[c] = joined.get() + c * frames_;
    }
    own_[0] = std::move(joined);
  } else if (spilled_) {
    reallocate(own_[0], frames_);
    planes_[0] = own_[0].get();
  } else {
    // memmove, not copy: a channel moves down by less than its own length.
    for (size_t c = 1; c < planes_.size(); ++c) {
      float* const to = planes_[0] + c * frames_;
      std::memmove(to, planes_[c], frames_ * sizeof(float));
      planes_[c] = to;
    }
  }
  capacity_ = frames_;
}

Samples SampleBuffer::release() { return std::move(own_[0]); }

}  // namespace cochlea
