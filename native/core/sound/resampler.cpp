#include "core/sound/resampler.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace cochlea {

namespace {

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
soxr_out_t planes_of(float* const* list) { return const_cast<float**>(list); }

void check(soxr_error_t error) {
  if (error != nullptr) throw AudioError(ErrorCode::kInternal, std::string("soxr: ") + error);
}

}  // namespace

Resampler::Resampler(int from, int to, int channels, Quality quality, SampleBuffer& output)
    : ratio_(static_cast<double>(to) / from), output_(output), next_(static_cast<size_t>(channels)) {
  // Planar in, planar out; one thread: soxr's own are OpenMP's, and not built.
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t spec = soxr_quality_spec(recipe(quality), 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  soxr_.reset(soxr_create(from, to, static_cast<unsigned>(channels), &error, &io, &spec, &runtime));
  check(error);
}

void Resampler::push(const float* const* planes, size_t frames) {
  consumed_ += frames;
  std::copy_n(planes, next_.size(), next_.begin());
  bool has_more = false;
  while (frames > 0 || has_more) {
    // soxr takes all input at once unless the output is too small: room for it and soxr's own delay. Its filters work
    // in blocks of their own: a little input may complete a large one.
    const size_t room = static_cast<size_t>(std::ceil(static_cast<double>(frames) * ratio_)) + 64;
    float* const* to = output_.space(room);
    size_t used = 0;
    size_t made = 0;
    check(soxr_process(soxr_.get(), next_.data(), frames, &used, planes_of(to), room, &made));
    has_more = made == room;
    output_.commit(made);
    produced_ += made;
    frames -= used;
    for (auto& pointer : next_) pointer += used;
  }
}

void Resampler::finish() {
  const size_t end = static_cast<size_t>(std::ceil(static_cast<double>(consumed_) * ratio_));
  size_t made = 0;
  do {
    const size_t room = end - std::min(end, produced_);
    float* const* to = output_.space(room);
    check(soxr_process(soxr_.get(), nullptr, 0, nullptr, planes_of(to), room, &made));
    output_.commit(made);
    produced_ += made;
  } while (made > 0);
  // A negative sum: soxr may have yielded one sample more than librosa keeps.
  output_.resize(output_.frames() + end - produced_);
}

}  // namespace cochlea
