#include "core/resampler.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace cochlea {

namespace {

// Large enough that a call of soxr costs nothing beside its work, small enough to stay in cache.
constexpr size_t kBlockFrames = 8192;

unsigned long recipe(Quality quality) {
  switch (quality) {
    case Quality::kQuick:
      return SOXR_QQ;
    case Quality::kLow:
      return SOXR_LQ;
    case Quality::kMedium:
      return SOXR_MQ;
    case Quality::kHigh:
      return SOXR_HQ;
    case Quality::kVeryHigh:
      return SOXR_VHQ;
  }
  return SOXR_HQ;
}

// soxr takes its list of output channels as a pointer that is not const; it only reads the list.
soxr_out_t planes(float* const* list) { return const_cast<float**>(list); }

void check(soxr_error_t error) {
  if (error != nullptr) throw AudioError(ErrorCode::kInternal, std::string("soxr: ") + error);
}

}  // namespace

Resampler::Resampler(int from, int to, int channels, Quality quality, SampleBuffer& output)
    : ratio_(static_cast<double>(to) / from), output_(output), start_(output.frames()) {
  if (from == to) return;
  // Planar in, planar out; one thread: the pool decides about parallelism.
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t spec = soxr_quality_spec(recipe(quality), 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  soxr_.reset(soxr_create(from, to, static_cast<unsigned>(channels), &error, &io, &spec, &runtime));
  check(error);
  block_.resize(static_cast<size_t>(channels));
  next_.resize(block_.size());
}

float* const* Resampler::space(size_t frames) {
  if (!soxr_) return output_.space(frames);
  if (filled_ > 0 && filled_ + frames > kBlockFrames) process();
  for (size_t c = 0; c < block_.size(); ++c) {
    if (block_[c].size() < filled_ + frames) block_[c].resize(std::max(kBlockFrames, filled_ + frames));
    next_[c] = block_[c].data() + filled_;
  }
  return next_.data();
}

void Resampler::commit(size_t frames) {
  consumed_ += frames;
  if (!soxr_) return output_.commit(frames);
  filled_ += frames;
  if (filled_ >= kBlockFrames) process();
}

void Resampler::process() {
  for (size_t c = 0; c < block_.size(); ++c) next_[c] = block_[c].data();
  size_t from = 0;
  while (from < filled_) {
    // All input is taken at once unless the output is too small: room for it and soxr's own delay.
    const size_t room = static_cast<size_t>(std::ceil(static_cast<double>(filled_ - from) * ratio_)) + 64;
    float* const* to = output_.space(room);
    size_t used = 0;
    size_t made = 0;
    check(soxr_process(soxr_.get(), next_.data(), filled_ - from, &used, planes(to), room, &made));
    output_.commit(made);
    from += used;
    for (auto& pointer : next_) pointer += used;
  }
  filled_ = 0;
}

void Resampler::drain(size_t end) {
  size_t made = 0;
  do {
    const size_t room = end - std::min(end, output_.frames());
    float* const* to = output_.space(room);
    check(soxr_process(soxr_.get(), nullptr, 0, nullptr, planes(to), room, &made));
    output_.commit(made);
  } while (made > 0);
}

void Resampler::finish() {
  if (!soxr_) return;
  process();
  const size_t end = start_ + static_cast<size_t>(std::ceil(static_cast<double>(consumed_) * ratio_));
  drain(end);
  output_.resize(end);
}

}  // namespace cochlea
